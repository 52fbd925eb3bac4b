import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './problem.js';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';

/** A lock that another process holds. */
export interface HeldElsewhere {
  readonly holder: ProcessIdentity;
}

/** A lock that is ours until it is released or this process ends, however it ends. */
export interface HeldLock {
  release(): void;
}

const UNFINISHED_MS = 1_000;

/**
 * Takes the lock at this path: a file that names the process which holds it. The lock of a process that no longer
 * runs counts for nothing, also where its number was given to another process.
 */
export async function takeLock(path: string): Promise<HeldLock | HeldElsewhere> {
  const mine = JSON.stringify(identify(process.pid));
  while (!createFile(path, mine)) {
    const text = await readLock(path);
    const holder = parseHolder(text);
    if (holder && isRunning(holder)) return { holder };
    setAside(path, text);
  }
  return {
    release() {
      if (readNow(path) === mine) rmSync(path, { force: true });
    },
  };
}

function createFile(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** The lock's content; its writer gets a moment between creating the file and writing it. */
async function readLock(path: string): Promise<string | null> {
  const until = performance.now() + UNFINISHED_MS;
  for (;;) {
    const text = readNow(path);
    if (text === null || parseHolder(text) || performance.now() > until) return text;
    await sleep(20);
  }
}

function readNow(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parseHolder(text: string | null): ProcessIdentity | null {
  try {
    return JSON.parse(text ?? '') as ProcessIdentity | null;
  } catch {
    return null;
  }
}

/** Removes a lock that counts for nothing, unless somebody else was quicker and it is a new one by now. */
function setAside(path: string, seen: string | null): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readNow(aside) === seen) rmSync(aside);
    else renameSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
