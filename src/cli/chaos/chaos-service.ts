import { mkdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../services/free-port.js';
import { startServices, type Services } from '../services/index.js';
import { FaultBox } from './fault-box.js';
import { Member } from './fleet.js';
import { Ledger } from './ledger.js';
import { mountSmall, type SmallMount } from './small-mount.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** A service of its own to be broken: embedded PostgreSQL and Redis, one API and several workers as real processes. */
export interface ChaosService {
  readonly origin: string;
  readonly folder: string;
  readonly services: Services;
  readonly ledger: Ledger;
  readonly faultBox: FaultBox;
  readonly api: Member;
  readonly workers: readonly Member[];
  /** Between the last worker and PostgreSQL. */
  readonly databaseLine: TcpProxy;
  /** Between everybody and Redis. */
  readonly redisLine: TcpProxy;
  /** The file system of its own that uploads lie in, or why there is none. */
  readonly uploads: SmallMount;
  readonly leaseMs: number;
  /** Connections to PostgreSQL that all processes may have together. */
  readonly mostConnections: number;
  /** Processes that ended though nobody killed them. */
  readonly surprises: string[];
  /** Milliseconds until each segment of a killed worker had a chunk committed by another claim. */
  recoveryOf(pid: number): Promise<number[]>;
  /** Waits until every process has started again. */
  ready(): Promise<void>;
  kills(): number;
  /** Ends everything; the folder with the logs stays where something is to be looked into. */
  stop(keepFolder: boolean): Promise<void>;
}

/** What a chaos service is started with. */
export interface ChaosServiceOptions {
  readonly workers: number;
  /** Added to the environment of API and workers. */
  readonly env: NodeJS.ProcessEnv;
  readonly leaseMs: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Room for the files of a round, and less than one when it is filled up. */
const UPLOADS = { megabytes: 512, freeBytes: 256 * 1024 };
/** DATABASE_POOL of each process. */
const POOL = 10;

/** Starts everything. What was started is ended again where something does not start. */
export async function startChaosService(options: ChaosServiceOptions): Promise<ChaosService> {
  const ends: (() => unknown)[] = [];
  try {
    return await startAll(options, ends);
  } catch (error) {
    await endAll(ends);
    throw error;
  }
}

/** @param ends how to end what was started, in the order of the starts */
async function startAll(options: ChaosServiceOptions, ends: (() => unknown)[]): Promise<ChaosService> {
  const folder = await mkdtemp(join(tmpdir(), 'acme-orders-chaos-'));
  // PostgreSQL may run as another user, who must get in.
  await chmod(folder, 0o755);
  // Never what a developer happens to have set: this program breaks what it uses.
  const { DATABASE_URL: _database, REDIS_URL: _redis, STORAGE_URL: _storage, ...own } = process.env;
  const services = await startServices({ dataDir: folder, env: own, log: options.say, signal: options.signal });
  ends.push(() => services.stop());
  const databaseLine = await startTcpProxy(Number(new URL(services.databaseUrl).port));
  const redisLine = await startTcpProxy(Number(new URL(services.redisUrl).port));
  ends.push(() => databaseLine.close());
  ends.push(() => redisLine.close());
  const uploads = mountSmall(join(folder, 'uploads'), UPLOADS);
  ends.push(() => uploads.unmount());
  const faultBox = new FaultBox(join(folder, 'faults'));
  mkdirSync(join(folder, 'files'));
  const port = await freePort();
  const ledger = new Ledger(services.databaseUrl);
  ends.push(() => ledger.close());
  const surprises: string[] = [];
  const recoveries = new Map<number, Promise<number[]>>();
  const onEnd = (pid: number, surprise: string | null) => {
    if (surprise !== null) surprises.push(surprise);
    const endedAt = performance.now();
    const recovery = ledger.ownedBy(pid).then((owned) => ledger.takenOver(owned, endedAt));
    recovery.catch(() => undefined);
    recoveries.set(pid, recovery);
  };
  const env = {
    ...own,
    ACME_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: String(port),
    WORKER_PORT: '0',
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: through(redisLine, services.redisUrl),
    DATA_DIR: folder,
    LOG_LEVEL: 'info',
    NODE_COMPILE_CACHE: join(tmpdir(), 'acme-orders-compile-cache'),
    CHAOS_FAULT_DIR: faultBox.folder,
    DATABASE_POOL: String(POOL),
    ...options.env,
  };
  const members: Member[] = [];
  ends.push(() => Promise.all(members.map((one) => one.stop())));
  const member = (name: string, more: NodeJS.ProcessEnv) => {
    const log = join(folder, 'logs', `${name}.log`);
    members.push(new Member({ name, env: { ...env, ...more }, log }, onEnd));
    return members.at(-1)!;
  };
  const api = member('api', { ROLE: 'api' });
  // The tables are there before anybody asks for them.
  await api.ready();
  const workers = Array.from({ length: options.workers }, (_, index) => {
    const isLast = index === options.workers - 1;
    const line = isLast ? { DATABASE_URL: through(databaseLine, services.databaseUrl) } : {};
    return member(`worker-${index + 1}`, { ROLE: 'worker', ...line });
  });
  const ready = async () => void (await Promise.all(members.map((one) => one.ready())));
  await ready();
  return {
    origin: `http://127.0.0.1:${port}`,
    folder,
    services,
    ledger,
    faultBox,
    api,
    workers,
    databaseLine,
    redisLine,
    uploads,
    leaseMs: options.leaseMs,
    // Of a pool, one for leases, and some that a process had which was killed just now.
    mostConnections: members.length * (POOL + 1) + POOL,
    surprises,
    ready,
    recoveryOf: (pid) => recoveryIn(recoveries, pid),
    kills: () => members.reduce((sum, { kills }) => sum + kills, 0),
    stop: async (keepFolder) => {
      for (const line of [databaseLine, redisLine]) line.heal();
      await endAll(ends);
      if (!keepFolder) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The last start first. One that cannot be ended does not keep the others. */
async function endAll(ends: readonly (() => unknown)[]): Promise<void> {
  for (const end of ends.toReversed()) await Promise.resolve().then(end).catch(reportFault);
}

const reportFault = (error: unknown): void => console.error(error);

function through({ port }: TcpProxy, target: string): string {
  const url = new URL(target);
  url.port = String(port);
  return url.href;
}

async function recoveryIn(recoveries: ReadonlyMap<number, Promise<number[]>>, pid: number): Promise<number[]> {
  const until = performance.now() + 10_000;
  while (!recoveries.has(pid) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
  return (await recoveries.get(pid)) ?? [Number.POSITIVE_INFINITY];
}
