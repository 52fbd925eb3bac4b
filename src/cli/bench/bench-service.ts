import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { NODE_FLAGS } from '../node-flags.js';
import { startServices } from '../services/index.js';

/** A service of its own for measuring: embedded PostgreSQL and Redis, one API and one worker. */
export interface BenchService {
  readonly url: string;
  readonly dataDir: string;
  readonly client: pg.Client;
  readonly apiPid: number;
  readonly workerPid: number;
  readonly postgresPid: number | undefined;
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'main.js');

/** Starts everything in a folder of its own, which `stop` removes. DATABASE_URL and REDIS_URL count as for `npm start`. */
export async function startBenchService(log: (line: string) => void): Promise<BenchService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'acme-orders-bench-'));
  // PostgreSQL may run as another user, who must get in.
  await chmod(dataDir, 0o755);
  const services = await startServices({ dataDir, env: process.env, log });
  const env = {
    ...process.env,
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    DATA_DIR: dataDir,
    PORT: '0',
    WORKER_PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const [api, worker] = await Promise.all([startRole('api', env), startRole('worker', env)]);
  const client = new pg.Client({ connectionString: services.databaseUrl });
  await client.connect();
  return {
    url: api.url,
    dataDir,
    client,
    apiPid: api.child.pid!,
    workerPid: worker.child.pid!,
    postgresPid: services.postgresPid,
    stop: async () => {
      await client.end();
      await Promise.all([endRole(api.child), endRole(worker.child)]);
      await services.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startRole(role: string, env: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(MAIN, { env: { ...env, ROLE: role }, execArgv: NODE_FLAGS });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The ${role} ended before it listened.`)));
  ended.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ listening: string }];
  return { child, url: message.listening };
}

async function endRole(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
