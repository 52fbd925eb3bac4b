import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ENDINGS, endProcess } from '../end-process.js';
import { nodeFlags } from '../node-flags.js';
import { identify } from '../process-identity.js';
import { startServices, type Services } from '../services/index.js';

/** A service of its own for measuring: embedded PostgreSQL and Redis, one API and one worker. */
export interface BenchService {
  /** The API's base, such as `http://127.0.0.1:8089/acme_orders/api/v1`. Changes with `restart`. */
  readonly base: string;
  /** For files of the measurement; on the disk of the uploads, and removed at the end. */
  readonly folder: string;
  /** Where the service keeps uploads. */
  readonly uploads: string;
  readonly client: Client;
  readonly apiPid: number;
  readonly workerPid: number;
  readonly postgresPid: number | undefined;
  readonly databaseUrl: string;
  /**
   * Ends API and worker, and starts them again with these settings beside the usual ones.
   *
   * @param output a file for what they write to standard output, where that is more than the terminal shall show
   */
  restart(settings: NodeJS.ProcessEnv, output?: string): Promise<void>;
  /** Starts one more API with these settings beside the usual ones, on the same database; it ends with the service. */
  startApi(settings: NodeJS.ProcessEnv, output: string): Promise<StartedApi>;
  stop(): Promise<void>;
}

/** One of several APIs. */
export interface StartedApi {
  /** Such as `http://127.0.0.1:8089`. */
  readonly url: string;
  end(): Promise<void>;
}

/** What it is started with. */
export interface BenchServiceOptions {
  readonly log: (line: string) => void;
  /** Aborted, it ends the start. */
  readonly signal: AbortSignal;
  /** Aborted, it makes the end fast and rough. */
  readonly hurry: AbortSignal;
}

const MAIN = join(import.meta.dirname, '..', '..', 'main.js');

/** Never what a developer happens to have set: tables are emptied here, and the outcome must be the known one. */
const NOT_OURS = [
  'DATABASE_URL',
  'REDIS_URL',
  'STORAGE_URL',
  'RULES_FILE',
  'AUTH_USERS_FILE',
  'AUTH_GROUPS_FILE',
  'LOG_FILE',
];

/** Starts everything in a folder of its own, which `stop` removes. What does not start ends what did. */
export async function startBenchService(options: BenchServiceOptions): Promise<BenchService> {
  const ends: (() => unknown)[] = [];
  try {
    return await startAll(options, ends);
  } catch (error) {
    await endAll(ends);
    throw error;
  }
}

/** @param ends how to end what was started, in the order of the starts */
async function startAll({ log, signal, hurry }: BenchServiceOptions, ends: (() => unknown)[]): Promise<BenchService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'acme-orders-bench-'));
  ends.push(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  // PostgreSQL may run as another user, who must get in.
  await chmod(dataDir, 0o755);
  const folder = join(dataDir, 'files');
  await mkdir(folder);
  const services = await startServices({ dataDir, env: neutral(), log, signal });
  ends.push(() => services.stop(hurry));
  const uploads = join(dataDir, 'uploads');
  const env = environment(services, dataDir, uploads);
  let roles = await startRoles(env, signal);
  ends.push(() => endRoles(roles, hurry));
  const client = new Client({ connectionString: services.databaseUrl });
  // A server that goes away is told of by the query at hand.
  client.on('error', () => {});
  await client.connect();
  ends.push(() => client.end());
  return {
    folder,
    uploads,
    client,
    get base() {
      return `${roles.api.url}/acme_orders/api/v1`;
    },
    get apiPid() {
      return roles.api.child.pid!;
    },
    get workerPid() {
      return roles.worker.child.pid!;
    },
    get postgresPid() {
      return services.postgresPid;
    },
    databaseUrl: services.databaseUrl,
    async restart(settings, output) {
      await endRoles(roles, hurry);
      roles = await startRoles({ ...env, ...settings }, signal, output);
    },
    async startApi(settings, output) {
      const out = openSync(output, 'a');
      const child = forkRole('api', { ...env, ...settings }, out);
      closeSync(out);
      const end = () => endChild(child, hurry);
      ends.push(end);
      const { url } = await listening('api', child, signal);
      return { url, end };
    },
    stop: () => endAll(ends),
  };
}

const neutral = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_OURS.includes(name)));

const environment = (services: Services, dataDir: string, uploads: string): NodeJS.ProcessEnv => ({
  ...neutral(),
  DATABASE_URL: services.databaseUrl,
  REDIS_URL: services.redisUrl,
  STORAGE_URL: `file:${uploads}`,
  DATA_DIR: dataDir,
  HOST: '127.0.0.1',
  PORT: '0',
  WORKER_PORT: '0',
  LOG_LEVEL: 'warn',
});

async function endAll(ends: (() => unknown)[]): Promise<void> {
  for (const end of ends.splice(0).toReversed()) await end();
}

interface Role {
  readonly child: ChildProcess;
  readonly url: string;
}

interface Roles {
  readonly api: Role;
  readonly worker: Role;
}

async function startRoles(env: NodeJS.ProcessEnv, signal: AbortSignal, output?: string): Promise<Roles> {
  const out = output === undefined ? 2 : openSync(output, 'a');
  const children = { api: forkRole('api', env, out), worker: forkRole('worker', env, out) };
  if (out !== 2) closeSync(out);
  try {
    const [api, worker] = await Promise.all([
      listening('api', children.api, signal),
      listening('worker', children.worker, signal),
    ]);
    return { api, worker };
  } catch (error) {
    await Promise.all([endChild(children.api), endChild(children.worker)]);
    throw error;
  }
}

// A session of its own: Ctrl-C reaches only this program, which knows the order. They end when the channel closes.
const forkRole = (role: string, env: NodeJS.ProcessEnv, out: number): ChildProcess =>
  fork(MAIN, {
    env: { ...env, ROLE: role },
    execArgv: nodeFlags(role),
    stdio: ['ignore', out, 2, 'ipc'],
    detached: true,
  });

async function listening(role: string, child: ChildProcess, signal: AbortSignal): Promise<Role> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The ${role} ended before it listened.`)));
  ended.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message', { signal }), ended])) as [{ listening: string }];
  return { child, url: message.listening };
}

const endRoles = ({ api, worker }: Roles, hurry: AbortSignal) =>
  Promise.all([endChild(api.child, hurry), endChild(worker.child, hurry)]);

async function endChild(child: ChildProcess, hurry?: AbortSignal): Promise<void> {
  // Its number may be another's by now.
  if (child.exitCode !== null || child.signalCode !== null) return;
  // One that stands still would not hear of its end.
  child.kill('SIGCONT');
  const identity = child.pid === undefined ? null : identify(child.pid);
  if (identity) await endProcess(identity, ENDINGS.app, hurry);
}
