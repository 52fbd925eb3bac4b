import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProblem } from '../problem.js';

/** The unprivileged user as whom PostgreSQL, which refuses root, runs. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Null where this process is not root: then PostgreSQL runs as the user who started us. */
export function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  const user = ['postgres', 'nobody'].map(userNamed).find((found) => found !== null);
  if (!user) throw new CliProblem('services.no-user');
  return user;
}

function userNamed(name: string): ServerUser | null {
  const id = (option: string) =>
    Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

/** Whether this user may pass through all folders on the way to this one, and into it. */
export function canEnter(folder: string, user: ServerUser | null): boolean {
  // Tried, not computed: modes are not all that decides (access lists, mounts, name spaces).
  const tried = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' });
  return tried.status === 0;
}

/**
 * A folder of our own that every user can reach, for what the server's user needs of a clone that it cannot enter.
 * /var/lib comes first because temporary folders are swept by age on many systems, even below a running server.
 */
export function reachableFolder(user: ServerUser): string {
  for (const parent of ['/var/lib', '/var/tmp', tmpdir()]) {
    const folder = join(parent, 'acme-orders');
    if (isOurs(folder) && canEnter(folder, user)) return folder;
  }
  throw new CliProblem('services.no-reachable-folder');
}

/** Made or found by us: in a folder that all may write, a stranger could have made it first. */
function isOurs(folder: string): boolean {
  try {
    if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o755);
    const { uid, mode } = lstatSync(folder);
    return lstatSync(folder).isDirectory() && uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
