import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const APT = '/usr/bin/apt-get';
const INSTALL = 'apt-get install libfaketime';
// Where nothing can be fetched, that is soon known.
const OPTIONS = ['DPkg::Lock::Timeout=60', 'Acquire::http::Timeout=20', 'Acquire::https::Timeout=20'];

// Where Debian's package `libfaketime` puts it, for each processor.
const LIBRARIES = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`);

/** The library that makes clocks lie, or undefined. */
export const faketimeLibrary = (): string | undefined => LIBRARIES.find((path) => existsSync(path));

let tried: Promise<string | null> | undefined;

/** Why clocks cannot be made to lie on this machine; null where they can. Installs what that takes where root may. */
export async function faketimeObstacle(): Promise<string | null> {
  const mayInstall = process.getuid?.() === 0 && existsSync(APT);
  const fault = !faketimeLibrary() && mayInstall ? await (tried ??= install()) : null;
  if (faketimeLibrary()) return null;
  return fault === null ? `needs libfaketime (${INSTALL})` : `needs libfaketime, and ${INSTALL} failed: ${fault}`;
}

/** Mostly the lists of packages are there; where they are not, or are old, they are fetched. */
async function install(): Promise<string | null> {
  const add = () => runApt('install', '-y', '--no-install-recommends', 'libfaketime');
  return (await add()) === null ? null : ((await runApt('update')) ?? (await add()));
}

/** Its last words, or null where it did what it was to. Out of reach of Ctrl-C: cut off, it leaves a broken machine. */
function runApt(...args: string[]): Promise<string | null> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = OPTIONS.flatMap((option) => ['-o', option]);
  const apt = spawn(APT, ['-qq', ...options, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  return new Promise((resolve) => {
    let said = '';
    apt.stderr.on('data', (part: Buffer) => (said = (said + String(part)).slice(-2_000)));
    apt.once('error', (error) => resolve(error.message));
    apt.once('close', (code) => resolve(code === 0 ? null : said.trim().split('\n').at(-1)!));
  });
}
