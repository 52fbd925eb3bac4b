import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '../data-folder.js';
import { CliProblem } from '../problem.js';
import type { Say } from '../text.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { canEnter, reachableFolder, type ServerUser } from './server-user.js';

/** A database cluster that the server's user owns. */
export interface PostgresCluster {
  /** PostgreSQL's data folder, without symbolic links in its path. */
  readonly data: string;
  /** Of the superuser `postgres`. Random: other users of the machine can knock at its port too. */
  readonly password: string;
  readonly user: ServerUser | null;
}

/** The cluster in this data folder, made at the first start. */
export async function postgresCluster(
  folder: DataFolder,
  binaries: PostgresBinaries,
  user: ServerUser | null,
  { say, signal }: { say: Say; signal?: AbortSignal },
): Promise<PostgresCluster> {
  const home = postgresHome(folder.path, user, say);
  const owner = ownerOf(home, user);
  const data = join(home, 'data');
  if (existsSync(data)) checkMajor(data, binaries.major);
  else await makeCluster({ folder, home, binaries, user: owner, signal, say });
  return { data, password: readFileSync(join(home, 'password'), 'utf8').trim(), user: owner };
}

/**
 * The folder that holds the cluster and its password: `postgres` in the data folder, or, where the server's user cannot
 * get there, a folder elsewhere to which that name is a symbolic link.
 */
function postgresHome(dataDir: string, user: ServerUser | null, say: Say): string {
  const home = join(dataDir, 'postgres');
  if (!existsSync(home)) makeHome(home, dataDir, user);
  const path = realpathSync(home);
  if (!canEnter(path, ownerOf(path, user))) throw new CliProblem('services.data-unreachable', { path });
  if (lstatSync(home).isSymbolicLink()) say('services.data-elsewhere', { path, dataDir });
  return path;
}

function makeHome(home: string, dataDir: string, user: ServerUser | null): void {
  // A link to a folder that is gone.
  rmSync(home, { force: true });
  if (user === null) {
    mkdirSync(home, { mode: 0o700 });
    return;
  }
  const isReachable = canEnter(dataDir, user);
  const path = isReachable ? home : mkdtempSync(join(reachableFolder(user), 'data-'));
  if (isReachable) mkdirSync(path, { mode: 0o700 });
  chownSync(path, user.uid, user.gid);
  if (!isReachable) symlinkSync(path, home);
}

/** Where we are root, the folder's owner: one that was first used by somebody else goes on as theirs. */
function ownerOf(home: string, user: ServerUser | null): ServerUser | null {
  const { uid, gid } = statSync(home);
  return user && uid !== 0 ? { uid, gid } : user;
}

function checkMajor(data: string, major: string): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (found !== major) throw new CliProblem('services.other-major', { path: data, found, wanted: major });
}

interface NewCluster {
  readonly folder: DataFolder;
  readonly home: string;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | null;
  readonly say: Say;
  readonly signal: AbortSignal | undefined;
}

/** Made beside its place and then renamed, so that what stands at its place is whole. */
async function makeCluster({ folder, home, binaries, user, say, signal }: NewCluster): Promise<void> {
  say('services.first-start');
  for (const name of readdirSync(home)) rmSync(join(home, name), { recursive: true });
  const password = join(home, 'password');
  writeFileSync(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (user) chownSync(password, user.uid, user.gid);
  const unfinished = join(home, 'data.new');
  await runInitdb({ folder, home, binaries, user, signal }, [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${password}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ]);
  renameSync(unfinished, join(home, 'data'));
}

function runInitdb(
  { folder, home, binaries, user, signal }: Omit<NewCluster, 'say'>,
  args: readonly string[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C' };
    const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
    const initdb = spawn(binaries.initdb, args, { ...user, env, signal, stdio, cwd: home, detached: true });
    if (initdb.pid) folder.remember('initdb', initdb.pid);
    let said = '';
    initdb.stderr.on('data', (part: Buffer) => (said += String(part)));
    initdb.once('error', reject);
    initdb.once('close', (code) => {
      if (initdb.pid) folder.forget(initdb.pid);
      if (code === 0) resolve();
      else reject(new CliProblem('services.initdb-failed', { reason: said.trim() }));
    });
  });
}
