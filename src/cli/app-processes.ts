import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { followLog } from './child-log.js';
import type { DataFolder } from './data-folder.js';
import { ENDINGS } from './end-process.js';
import { nodeFlags } from './node-flags.js';
import { CliProblem } from './problem.js';
import type { Console } from './program.js';
import { supervise, type Supervised } from './supervisor.js';

/** What the processes of the application are started with. */
export interface AppOptions {
  readonly folder: DataFolder;
  /** Their environment, complete but for ROLE. */
  readonly env: NodeJS.ProcessEnv;
  /** Where each answers its probes, such as `http://127.0.0.1:8089`. */
  readonly origins: Readonly<Record<Role, string>>;
}

/** The two processes of the application, each started again when it ends. */
export interface App {
  readonly logs: Readonly<Record<Role, string>>;
  /** Waits until both are ready. Throws `start.app-failed` where one keeps ending before it ever was. */
  ready(signal: AbortSignal): Promise<void>;
  stop(hurry?: AbortSignal): Promise<void>;
}

type Role = 'api' | 'worker';

const MAIN = join(import.meta.dirname, '..', 'main.js');
const LOOK_MS = 100;
const SLOW_MS = 15_000;
const ENDS_BEFORE_GIVING_UP = 3;

/** Starts one API process and one worker process. */
export function startApp(options: AppOptions, console: Console): App {
  const api = startRole('api', options, console);
  const worker = startRole('worker', options, console);
  const roles = [api, worker];
  return {
    logs: { api: api.log, worker: worker.log },
    ready: async (signal) => {
      await Promise.all(roles.map((role) => becomesReady(role, console, signal)));
    },
    stop: async (hurry) => {
      await Promise.all(roles.map(({ stop }) => stop(hurry)));
    },
  };
}

interface RunningRole {
  readonly role: Role;
  readonly origin: string;
  readonly log: string;
  readonly supervised: Supervised;
  readonly stop: (hurry?: AbortSignal) => Promise<void>;
  /** What it complained of last. */
  lastWords(): string;
}

function startRole(role: Role, { folder, env, origins }: AppOptions, { terminal, text }: Console): RunningRole {
  const log = folder.openLog(role);
  let lastWords = '';
  const unfollow = followLog(log.path, ({ level, message }) => {
    if (level === 'error') lastWords = message;
    terminal.complain(`[${role}] ${text(`start.${level}`)}: ${message}`);
  });
  const start = () =>
    spawn(process.execPath, [...nodeFlags(role), MAIN], {
      // Two processes cannot have one port; the worker's own has nothing but probes and metrics.
      env: { ...env, ROLE: role, ...(role === 'worker' && { METRICS_PORT: '' }) },
      // A file, not a pipe to us: whoever cannot write its last log lines may not end. The channel closes when this
      // process is gone, however it went: then they end too.
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      // A session of its own, so that Ctrl-C reaches only the launcher, which knows the order.
      detached: true,
    });
  const onEnd = ({ reason, delayMs }: { reason: string; delayMs: number }) =>
    terminal.complain(text('start.ended', { name: role, reason, seconds: delayMs / 1_000 }));
  const supervised = supervise({ name: role, ending: ENDINGS.app, start, onEnd }, folder);
  const stop = (hurry?: AbortSignal) => supervised.stop(hurry).finally(unfollow);
  return { role, origin: origins[role], log: log.path, supervised, stop, lastWords: () => lastWords };
}

async function becomesReady(running: RunningRole, { terminal, text }: Console, signal: AbortSignal): Promise<void> {
  const { role, origin, log, supervised } = running;
  let slowAt = performance.now() + SLOW_MS;
  while (!(await isReady(origin))) {
    signal.throwIfAborted();
    if (supervised.ends >= ENDS_BEFORE_GIVING_UP)
      throw new CliProblem('start.app-failed', { role, log, reason: running.lastWords() });
    if (performance.now() > slowAt) {
      terminal.say(text('start.slow', { role, log }));
      slowAt += SLOW_MS;
    }
    await sleep(LOOK_MS);
  }
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
