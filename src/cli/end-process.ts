import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './process-identity.js';

/** Signals in the order in which they are sent, each with the time, in ms, that the process gets to end on it. */
export type Ending = readonly (readonly [signal: NodeJS.Signals, waitMs: number])[];

/** How each kind of process is ended. The application and then the services: together below 10 seconds. */
export const ENDINGS = {
  app: [
    ['SIGTERM', 6_000],
    ['SIGKILL', 500],
  ],
  redis: [
    ['SIGTERM', 2_000],
    ['SIGKILL', 500],
  ],
  // PostgreSQL: "fast" shutdown, then "immediate" (it recovers from its log at the next start).
  postgres: [
    ['SIGINT', 2_000],
    ['SIGQUIT', 500],
    ['SIGKILL', 500],
  ],
} as const satisfies Record<string, Ending>;

const LOOK_MS = process.platform === 'linux' ? 20 : 100;

/** Ends a process by signals and tells whether it is gone. Aborting `hurry` cuts the wait after the first, gentle one. */
export async function endProcess(target: ProcessIdentity, ending: Ending, hurry?: AbortSignal): Promise<boolean> {
  for (const [at, [signal, waitMs]] of ending.entries()) {
    if (!send(target, signal)) return true;
    if (await isGone(target, waitMs, at === 0 ? hurry : undefined)) return true;
  }
  return false;
}

/** False where the process is gone. */
function send(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false;
  try {
    return process.kill(target.pid, signal);
  } catch {
    return isRunning(target);
  }
}

async function isGone(target: ProcessIdentity, waitMs: number, hurry?: AbortSignal): Promise<boolean> {
  const until = performance.now() + waitMs;
  for (;;) {
    if (!isRunning(target)) return true;
    if (hurry?.aborted || performance.now() > until) return false;
    await sleep(LOOK_MS);
  }
}
