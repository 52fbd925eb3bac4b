import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataFolder, ProcessName } from '../data-folder.js';
import type { Ending } from '../end-process.js';
import { CliProblem } from '../problem.js';
import { supervise, type Supervised } from '../supervisor.js';
import type { Say } from '../text.js';
import { freePort } from './free-port.js';

/** A server that a launcher starts for itself. */
export interface ServiceProgram {
  readonly name: ProcessName & ('redis' | 'postgres');
  readonly title: string;
  readonly ending: Ending;
  /** Starts it on this port, its output going to this file. */
  start(port: number, logFd: number): ChildProcess;
  /** Whether it takes commands. Throws where it never will. */
  isReady(port: number): Promise<boolean>;
}

/** A server that runs, and is started again on the same port should it end. */
export interface RunningService {
  readonly port: number;
  readonly pid: number | undefined;
  stop(hurry?: AbortSignal): Promise<void>;
}

/** What starting a service is done with. */
export interface StartContext {
  readonly folder: DataFolder;
  readonly say: Say;
  readonly signal: AbortSignal | undefined;
}

const ATTEMPTS = 6;
const LOOK_MS = 30;
const SLOW_MS = 15_000;

/** Starts a server on a free port; returns when it takes commands. Throws `services.failed` with its last words. */
export async function startService(program: ServiceProgram, context: StartContext): Promise<RunningService> {
  const log = context.folder.openLog(program.name);
  for (let attempt = 1; ; attempt++) {
    const logStart = fstatSync(log.fd).size;
    const port = await freePort();
    const supervised = superviseOn(port, program, log.fd, context);
    const stop = (hurry?: AbortSignal) => supervised.stop(hurry).finally(() => closeSync(log.fd));
    try {
      if (await becomesReady(program, port, supervised, context)) return running(port, supervised, stop);
    } catch (error) {
      await stop();
      throw error;
    }
    await supervised.stop();
    // The port may have been taken in between, and what a killed server leaves needs a moment to vanish.
    if (attempt === ATTEMPTS) throw failure(program.title, log, logStart);
    await sleep(150 * attempt);
  }
}

const superviseOn = (port: number, program: ServiceProgram, logFd: number, { folder, say }: StartContext) => {
  let wasReady = false;
  const { name, title, ending } = program;
  const supervised = supervise(
    {
      name,
      ending,
      start: () => program.start(port, logFd),
      onEnd({ reason, delayMs }) {
        if (wasReady) say('start.ended', { name: title, reason, seconds: delayMs / 1_000 });
      },
    },
    folder,
  );
  return Object.assign(supervised, { markReady: () => (wasReady = true) });
};

async function becomesReady(
  program: ServiceProgram,
  port: number,
  supervised: Supervised & { markReady(): void },
  { say, signal }: StartContext,
): Promise<boolean> {
  let slowAt = performance.now() + SLOW_MS;
  while (supervised.ends === 0) {
    signal?.throwIfAborted();
    if (await program.isReady(port)) {
      supervised.markReady();
      return true;
    }
    if (performance.now() > slowAt) {
      // No deadline: recovery after a crash takes the time it takes.
      say('services.slow', { name: program.title });
      slowAt += SLOW_MS;
    }
    await sleep(LOOK_MS);
  }
  return false;
}

const running = (port: number, supervised: Supervised, stop: RunningService['stop']): RunningService => ({
  port,
  get pid() {
    return supervised.pid;
  },
  stop,
});

function failure(name: string, log: { path: string; fd: number }, from: number): CliProblem {
  closeSync(log.fd);
  const words = readFileSync(log.path).subarray(from).toString().trim().split('\n').slice(-5).join('\n');
  return new CliProblem('services.failed', { name, reason: words, log: log.path });
}
