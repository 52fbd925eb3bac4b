import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase, redisFor } from './database.js';

/** A running service of its own: an API and workers as processes, with a fresh database, Redis and storage. */
export interface App {
  /** Address of the API, without a slash at the end. */
  readonly url: string;
  /** Where the routes of the contract begin. */
  readonly api: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Folder of this service alone; uploads are in `uploads`. */
  readonly dataDir: string;
  /** Everything that the processes wrote. */
  log(): string;
  /** The first API. */
  readonly firstApi: Role;
  /** Starts one more API; `env` adds to its environment. */
  startApi(env?: Record<string, string>): Promise<Role>;
  /** Starts one more worker; `env` adds to its environment. */
  startWorker(env?: Record<string, string>): Promise<Role>;
  /** The workers that run. */
  readonly workers: ReadonlySet<Role>;
  stop(): Promise<void>;
}

/** One process of a service. */
export interface Role {
  readonly process: ChildProcess;
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** What it wrote. */
  log(): string;
  /** Its exit status once it has ended, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'main.js');

/** Tests start many processes; compiled code of the ones before saves each a third of a second. */
const COMPILE_CACHE = join(tmpdir(), 'acme-orders-compile-cache');

/** Starts a service. `env` adds to the environment of its processes; `workers` is how many there are, 1 where unset. */
export async function startApp(options: { env?: Record<string, string>; workers?: number } = {}): Promise<App> {
  const dataDir = await mkdtemp(join(tmpdir(), 'acme-orders-test-'));
  const databaseUrl = options.env?.DATABASE_URL ?? (await freshDatabase());
  const redisUrl = await redisFor();
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    ACME_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    WORKER_PORT: '0',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DATA_DIR: dataDir,
    ...options.env,
  };
  const roles = new Set<Role>();
  const workers = new Set<Role>();
  const output: string[] = [];
  const start = async (name: 'api' | 'worker', more: Record<string, string> = {}): Promise<Role> => {
    const role = await startRole({ ...env, ...more, ROLE: name }, (piece) => output.push(piece));
    roles.add(role);
    if (name === 'worker') workers.add(role);
    void role.ended.then(() => roles.delete(role) && workers.delete(role));
    return role;
  };
  const stop = async (): Promise<void> => {
    await Promise.all([...roles].map(end));
    await rm(dataDir, { recursive: true, force: true });
  };
  const startWorker = (more?: Record<string, string>): Promise<Role> => start('worker', more);
  const begun = [start('api'), ...Array.from({ length: options.workers ?? 1 }, () => startWorker())];
  const [firstApi] = await Promise.all(begun).catch(async (error) => {
    await Promise.allSettled(begun).then(stop);
    throw error;
  });
  const { url } = firstApi!;
  return {
    url,
    api: `${url}/acme_orders/api/v1`,
    databaseUrl,
    redisUrl,
    dataDir,
    log: () => output.join(''),
    firstApi: firstApi!,
    startApi: (more) => start('api', more),
    startWorker,
    workers,
    stop,
  };
}

async function startRole(env: NodeJS.ProcessEnv, onOutput: (piece: string) => void): Promise<Role> {
  const child = fork(MAIN, { env, silent: true });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (piece: Buffer) => {
      output.push(String(piece));
      onOutput(String(piece));
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const died = ended.then(() => Promise.reject(new Error(`${env.ROLE} ended:\n${output.join('')}`)));
  died.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), died])) as [{ listening: string }];
  return { process: child, url: message.listening, log: () => output.join(''), ended };
}

/** The lines of a log that are about something: those with these properties. */
export const linesAbout = (log: string, about: Record<string, unknown>): Record<string, unknown>[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => Object.entries(about).every(([name, value]) => line[name] === value));

async function end(role: Role): Promise<void> {
  // A stopped process takes no SIGTERM.
  role.process.kill('SIGCONT');
  role.process.kill('SIGTERM');
  await role.ended;
}
