import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const INSTALL_MS = 300_000;
const LOCK = join(tmpdir(), 'acme-orders-installs-chromium');

/**
 * The path of a Chromium. CHROMIUM_BIN names one; else PATH and the usual places are searched, and root on Debian has
 * it installed. Null, after a notice, where there is none: skip the test then.
 */
export async function findChromium(): Promise<string | null> {
  const found = search() ?? (canInstall() ? await installOnce() : undefined);
  if (!found)
    console.warn('No Chromium was found: browser tests are skipped. Install one, or name it in CHROMIUM_BIN.');
  return found ?? null;
}

/** Starts a browser without a window that calls nobody but the pages under test. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Chromium refuses its sandbox to root, which containers and CI run as; it opens only pages of this project.
    chromiumSandbox: false,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      '--no-first-run',
    ],
  });
}

function search(): string | undefined {
  const given = process.env.CHROMIUM_BIN;
  if (given) return isProgram(given) ? given : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...MAC_APPS].find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const canInstall = (): boolean =>
  !process.env.CHROMIUM_BIN && process.getuid?.() === 0 && isProgram('/usr/bin/apt-get');

/** Installs Chromium. Test files that run side by side wait for the first of them to have done it. */
async function installOnce(): Promise<string | undefined> {
  const deadline = Date.now() + INSTALL_MS;
  while (Date.now() < deadline) {
    const found = search();
    if (found) return found;
    if (await takeLock()) return install();
    await wait(500);
  }
  return undefined;
}

async function takeLock(): Promise<boolean> {
  try {
    await mkdir(LOCK);
    return true;
  } catch {
    const since = await stat(LOCK).then(({ mtimeMs }) => mtimeMs, Date.now);
    // Left by a run that was killed.
    if (Date.now() - since > INSTALL_MS) await rm(LOCK, { recursive: true, force: true });
    return false;
  }
}

async function install(): Promise<string | undefined> {
  console.warn('No Chromium was found: it is installed once (apt-get install chromium), which takes a minute or two.');
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_MS,
    maxBuffer: 64 * 2 ** 20,
  };
  try {
    await run('apt-get', ['-qq', 'update'], options);
    const packages = ['--no-install-recommends', 'chromium', 'fonts-liberation'];
    await run('apt-get', ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=240', 'install', ...packages], options);
  } catch (error) {
    console.warn(`Chromium could not be installed: ${(error as Error).message}`);
  } finally {
    await rm(LOCK, { recursive: true, force: true });
  }
  return search();
}
