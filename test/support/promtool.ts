import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Where it is kept for the next run. */
const KEPT = join(tmpdir(), 'acme-orders-promtool');

/**
 * The path of promtool. PROMTOOL_BIN names one; else PATH is searched, and on Debian it is taken out of the package
 * `prometheus`, which is not installed: that would start a service. Null, after a notice, where there is none: skip the
 * test then.
 */
export async function findPromtool(): Promise<string | null> {
  const found = search() ?? (await takeFromPackage());
  if (!found) console.warn('No promtool was found: alert rules are not tested. Name one in PROMTOOL_BIN.');
  return found ?? null;
}

function search(): string | undefined {
  const given = process.env.PROMTOOL_BIN;
  if (given) return isProgram(given) ? given : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...folders.map((folder) => join(folder, 'promtool')), join(KEPT, 'usr/bin/promtool')].find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function takeFromPackage(): Promise<string | undefined> {
  if (process.env.PROMTOOL_BIN || process.getuid?.() !== 0 || !isProgram('/usr/bin/apt-get')) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'acme-orders-prometheus-'));
  const options = { cwd: folder, timeout: 100_000, maxBuffer: 16 * 2 ** 20 };
  try {
    await run('apt-get', ['-qq', 'update'], options);
    await run('apt-get', ['-qq', 'download', 'prometheus'], options);
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    await mkdir(join(folder, 'content'));
    await run('dpkg-deb', ['-x', file!, 'content'], options);
    // Whoever comes second finds it there.
    await rename(join(folder, 'content'), KEPT).catch(() => undefined);
  } catch (error) {
    console.warn(`promtool could not be taken from the package prometheus: ${(error as Error).message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return search();
}
