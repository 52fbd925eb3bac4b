import { openDataFolder, type DataFolder } from '../data-folder.js';
import { languageOf, textIn, type Say } from '../text.js';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';

/** What `startServices` is given. */
export interface ServicesOptions {
  /** Folder for the data of embedded services; made where it is missing. */
  readonly dataDir: string;
  /** DATABASE_URL and REDIS_URL, where set, are used instead of an embedded service, each on its own. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes a line for a person. */
  readonly log: (line: string) => void;
  /** The data folder where the caller has opened it already; else it is opened, and closed by `stop`. */
  readonly folder?: DataFolder;
  /** Aborted, it ends the start. */
  readonly signal?: AbortSignal;
}

/** PostgreSQL and Redis, ready for use. */
export interface Services {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The embedded server's process; undefined where DATABASE_URL is used. Changes when it is started again. */
  readonly postgresPid?: number | undefined;
  /** As above, for REDIS_URL. */
  readonly redisPid?: number | undefined;
  /** Ends the embedded services. Aborting `hurry` makes that fast and rough. */
  stop(hurry?: AbortSignal): Promise<void>;
}

interface Service {
  readonly url: string;
  readonly pid: number | undefined;
  stop(hurry?: AbortSignal): Promise<void>;
}

/** Finds or starts PostgreSQL and Redis. Throws a CliProblem that says what to do where that cannot be. */
export async function startServices({ dataDir, env, log, ...given }: ServicesOptions): Promise<Services> {
  const text = textIn(languageOf(env));
  const say: Say = (key, params) => log(text(key, params));
  const folder = given.folder ?? (await openDataFolder(dataDir, say));
  const close = () => (given.folder ? undefined : folder.close());
  const context = { folder, say, env, signal: given.signal };
  const starts = [
    env.DATABASE_URL ? external(env.DATABASE_URL) : startPostgres(context),
    env.REDIS_URL ? external(env.REDIS_URL) : startRedis(context),
  ] as const;
  const [postgres, redis] = await allOrNone(starts).catch((error: unknown) => {
    close();
    throw error;
  });
  return {
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    get postgresPid() {
      return postgres.pid;
    },
    get redisPid() {
      return redis.pid;
    },
    stop: (hurry) => stopAll([postgres, redis], hurry).finally(close),
  };
}

const external = (url: string): Promise<Service> =>
  Promise.resolve({ url, pid: undefined, stop: () => Promise.resolve() });

/** All of them, or the first fault after the others were stopped again. */
async function allOrNone(starts: readonly [Promise<Service>, Promise<Service>]): Promise<readonly [Service, Service]> {
  const results = await Promise.allSettled(starts);
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return Promise.all(starts);
  await stopAll(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  throw failed.reason;
}

const stopAll = async (services: readonly Service[], hurry?: AbortSignal): Promise<void> => {
  await Promise.all(services.map((service) => service.stop(hurry)));
};
