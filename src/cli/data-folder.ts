import {
  chmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { endProcess, ENDINGS } from './end-process.js';
import { takeLock } from './launcher-lock.js';
import { CliProblem, codeOf, reasonOf } from './problem.js';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';
import type { Say } from './text.js';

/** What a process that a launcher starts is called in the data folder. */
export type ProcessName = 'api' | 'worker' | 'redis' | 'postgres' | 'initdb';

/** DATA_DIR while a launcher owns it. One launcher owns it at a time. */
export interface DataFolder extends ProcessLedger {
  /** Absolute. */
  readonly path: string;
  /** A log of this name, opened for appending; emptied first where it has grown large. */
  openLog(name: ProcessName): { readonly path: string; readonly fd: number };
  close(): void;
}

/** Where a launcher writes down what it started, so that the next one can end it if this one is killed. */
export interface ProcessLedger {
  remember(name: ProcessName, pid: number): void;
  forget(pid: number): void;
}

interface StartedProcess extends ProcessIdentity {
  readonly name: ProcessName;
}

const LOG_BYTES = 10 * 1024 ** 2;

/** The application first: it would only complain about services that go away. */
const ENDING_ORDER: readonly (readonly ProcessName[])[] = [
  ['api', 'worker'],
  ['redis', 'postgres', 'initdb'],
];

/**
 * Makes the folder where it is missing, takes its lock and ends what a killed launcher has left running.
 * Throws `start.already-running` where another launcher owns it.
 */
export async function openDataFolder(folder: string, say: Say): Promise<DataFolder> {
  const path = resolve(folder);
  try {
    makeFolder(path);
    makeFolder(join(path, 'logs'));
    const lock = await takeLock(join(path, 'launcher.lock'));
    if ('holder' in lock) throw new CliProblem('start.already-running', { path, pid: String(lock.holder.pid) });
    await endLeftOvers(join(path, 'running.json'), say);
    return { path, ...keepLedger(join(path, 'running.json')), openLog: openLogIn(path), close: () => lock.release() };
  } catch (error) {
    if (error instanceof CliProblem) throw error;
    throw new CliProblem('start.data-folder', { path, reason: reasonOf(error) });
  }
}

// Not by mkdir's mode alone, which a umask takes from: PostgreSQL may run as another user, who must pass through.
function makeFolder(path: string): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o755);
}

const openLogIn = (folder: string) => (name: ProcessName) => {
  const path = join(folder, 'logs', `${name}.log`);
  const fd = openSync(path, 'a');
  if (statSync(path).size > LOG_BYTES) truncateSync(path);
  return { path, fd };
};

function keepLedger(path: string): ProcessLedger {
  let started: StartedProcess[] = [];
  const write = () => {
    try {
      writeFileSync(`${path}.new`, JSON.stringify(started));
      renameSync(`${path}.new`, path);
    } catch {
      // A full disk or a deleted folder must not end what runs: only a left-over would not be found.
    }
  };
  write();
  return {
    remember(name, pid) {
      const identity = identify(pid);
      if (!identity) return;
      started.push({ name, ...identity });
      write();
    },
    forget(pid) {
      started = started.filter((one) => one.pid !== pid);
      write();
    },
  };
}

async function endLeftOvers(ledger: string, say: Say): Promise<void> {
  const running = readLedger(ledger).filter(isRunning);
  for (const names of ENDING_ORDER)
    await Promise.all(running.filter(({ name }) => names.includes(name)).map((one) => endLeftOver(one, say)));
}

/** Ends one process that an earlier launcher started. */
export async function endLeftOver(process: StartedProcess, say: Say): Promise<void> {
  const { name, pid } = process;
  say('start.left-over', { name, pid: String(pid) });
  const ending = name === 'postgres' || name === 'redis' ? ENDINGS[name] : ENDINGS.app;
  if (!(await endProcess(process, ending))) throw new CliProblem('start.left-over-stays', { name, pid: String(pid) });
}

function readLedger(path: string): StartedProcess[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StartedProcess[];
  } catch (error) {
    // A half-written ledger cannot be: it is renamed into place. Its absence is a first start.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return [];
    throw error;
  }
}
