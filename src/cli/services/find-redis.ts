import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CliProblem } from '../problem.js';
import type { Say } from '../text.js';

/** The machine as far as finding and installing programs goes. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Folders to look in after those of PATH. */
  readonly folders: readonly string[];
}

const NAMES = ['redis-server', 'valkey-server'];

/** The machine that this process runs on. */
export const thisMachine = (env: NodeJS.ProcessEnv): Machine => ({
  env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  // Not everybody has these on PATH.
  folders: [
    '/usr/bin',
    '/usr/sbin',
    '/usr/local/bin',
    '/usr/local/sbin',
    '/opt/homebrew/bin',
    '/home/linuxbrew/.linuxbrew/bin',
  ],
});

/** The path of a Redis or Valkey server; installs one where the user may without being asked. */
export async function findRedis(machine: Machine, say: Say): Promise<string> {
  const given = machine.env.REDIS_SERVER_BIN;
  if (given && !isProgram(given)) throw new CliProblem('services.redis-bin', { path: given });
  const found = given ?? findProgram(NAMES, machine) ?? (await installed(machine, say));
  if (!found) throw new CliProblem('services.redis-missing');
  return found;
}

async function installed(machine: Machine, say: Say): Promise<string | undefined> {
  const isInstalled = (await installByApt(machine, say)) || (await installByBrew(machine, say));
  return isInstalled ? findProgram(NAMES, machine) : undefined;
}

async function installByApt(machine: Machine, say: Say): Promise<boolean> {
  const apt = findProgram(['apt-get'], machine);
  if (machine.platform !== 'linux' || !machine.isRoot || !apt) return false;
  say('services.redis-installing', { command: 'apt-get install redis-server' });
  // RUNLEVEL=1 keeps Debian from starting a Redis of its own.
  const env = { ...machine.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=120'];
  await run(apt, [...options, 'update'], env);
  await run(apt, [...options, 'install', '-y', '--no-install-recommends', 'redis-server'], env);
  return true;
}

async function installByBrew(machine: Machine, say: Say): Promise<boolean> {
  const brew = findProgram(['brew'], machine);
  // Homebrew refuses root.
  if (machine.platform !== 'darwin' || machine.isRoot || !brew) return false;
  say('services.redis-installing', { command: 'brew install redis' });
  await run(brew, ['install', '--quiet', 'redis'], { ...machine.env, HOMEBREW_NO_AUTO_UPDATE: '1' });
  return true;
}

/** Runs a package manager to its end, out of reach of Ctrl-C: one that is cut off leaves a machine to be repaired. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => (said = (said + String(part)).slice(-2_000)));
    const fail = (reason: string) =>
      reject(new CliProblem('services.redis-install-failed', { command: [command, ...args].join(' '), reason }));
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => (code === 0 ? resolve() : fail(said.trim())));
  });
}

function findProgram(names: readonly string[], { env, folders }: Machine): string | undefined {
  const all = [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...folders];
  return names.flatMap((name) => all.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
