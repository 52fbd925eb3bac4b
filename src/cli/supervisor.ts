import type { ChildProcess } from 'node:child_process';
import type { ProcessLedger, ProcessName } from './data-folder.js';
import { endProcess, type Ending } from './end-process.js';
import { reasonOf } from './problem.js';
import { identify } from './process-identity.js';

/** A program that is to run all the time. */
export interface Program {
  readonly name: ProcessName;
  readonly ending: Ending;
  /** Starts it once. */
  start(): ChildProcess;
  /** It ended although nobody stopped it, and is started again after this delay. */
  onEnd?(end: { readonly reason: string; readonly delayMs: number }): void;
}

/** A program that is started again whenever it ends. */
export interface Supervised {
  /** The number of the process that runs now; undefined between two. */
  readonly pid: number | undefined;
  /** How often it ended by itself. */
  readonly ends: number;
  /** Ends it for good. Aborting `hurry` makes that fast and rough. */
  stop(hurry?: AbortSignal): Promise<void>;
}

/** Milliseconds. The delay doubles from `first` to `most`, and begins anew for a process that ran for `steady`. */
export interface RestartDelays {
  readonly first: number;
  readonly most: number;
  readonly steady: number;
}

const DELAYS: RestartDelays = { first: 500, most: 30_000, steady: 30_000 };

/** Starts a program, and starts it again with growing delay whenever it ends, until it is stopped. */
export function supervise(program: Program, ledger: ProcessLedger, delays: RestartDelays = DELAYS): Supervised {
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();
  let next: NodeJS.Timeout | undefined;
  let isStopped = false;
  let ends = 0;
  let endsInARow = 0;

  function run(): void {
    child = startOrNull();
    if (child) ended = watch(child);
  }

  async function watch(process: ChildProcess): Promise<void> {
    const startedAt = performance.now();
    if (process.pid) ledger.remember(program.name, process.pid);
    const reason = await untilItEnds(process);
    child = null;
    if (process.pid) ledger.forget(process.pid);
    if (!isStopped) startAgain(reason, performance.now() - startedAt);
  }

  // Most faults of starting come as an event; some, such as a folder that is gone, are thrown.
  function startOrNull(): ChildProcess | null {
    try {
      return program.start();
    } catch (error) {
      startAgain(reasonOf(error), 0);
      return null;
    }
  }

  function startAgain(reason: string, ranMs: number): void {
    ends += 1;
    endsInARow = ranMs >= delays.steady ? 1 : endsInARow + 1;
    const delayMs = Math.min(delays.first * 2 ** (endsInARow - 1), delays.most);
    next = setTimeout(run, delayMs);
    program.onEnd?.({ reason, delayMs });
  }

  async function stop(hurry?: AbortSignal): Promise<void> {
    isStopped = true;
    clearTimeout(next);
    const identity = child?.pid ? identify(child.pid) : null;
    if (identity) await endProcess(identity, program.ending, hurry);
    await ended;
  }

  run();
  return {
    get pid() {
      return child?.pid;
    },
    get ends() {
      return ends;
    },
    stop,
  };
}

/** Why a process ended, in the words of the system. A process that could not be started ends at once. */
function untilItEnds(process: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    process.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
    process.once('error', (error) => process.pid === undefined && resolve(error.message));
  });
}
