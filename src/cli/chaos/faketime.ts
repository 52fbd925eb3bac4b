import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const APT = '/usr/bin/apt-get';
const INSTALL = `apt-get install libfaketime`;
const INSTALL_MS = 120_000;

// Where Debian's package `libfaketime` puts it, for each processor.
const LIBRARIES = ['x86_64', 'aarch64'].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`);

/** The library that makes clocks lie, or undefined. */
export const faketimeLibrary = (): string | undefined => LIBRARIES.find((path) => existsSync(path));

/** Why clocks cannot be made to lie on this machine; null where they can. Installs what that takes where root may. */
export async function faketimeObstacle(): Promise<string | null> {
  if (!faketimeLibrary() && process.getuid?.() === 0 && existsSync(APT)) {
    const fault = await install();
    if (fault !== null) return `needs libfaketime, and ${INSTALL} failed: ${fault}`;
  }
  return faketimeLibrary() ? null : `needs libfaketime (${INSTALL})`;
}

async function install(): Promise<string | null> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) =>
    run(APT, ['-qq', '-o', 'DPkg::Lock::Timeout=60', ...args], { env, timeout: INSTALL_MS });
  const add = () => apt('install', '-y', '--no-install-recommends', 'libfaketime');
  try {
    // Mostly the lists of packages are there; where they are not, or are old, they are fetched.
    await add().catch(() => apt('update').then(add));
    return null;
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1)!;
  }
}
