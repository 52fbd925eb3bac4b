import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { accessFaults, isNetwork } from './config-faults.js';

/** What one key of the environment means, and how its text becomes a value. */
interface Key<T> {
  readonly env: string;
  readonly meaning: string;
  readonly fallback: string;
  /** Turns the text into the value, or throws with what is wrong about it. */
  parse(text: string): T;
}

/** The settings of a process. Read once, never changed. */
export interface Config {
  /** The profile: how strict and how chatty the process is. */
  readonly env: 'development' | 'test' | 'production';
  /** What this process does: serve HTTP, run imports, or both. */
  readonly role: 'api' | 'worker' | 'all';
  /** Address that the API and the worker's probes listen on. */
  readonly host: string;
  /** Port of the API. 0 lets the system choose. */
  readonly port: number;
  /** Port of a worker's probes and metrics. 0 lets the system choose. */
  readonly workerPort: number;
  /** Port of the metrics alone; null where they are on the main port. 0 lets the system choose. */
  readonly metricsPort: number | null;
  /** How long an API that was told to end still takes requests while it is not ready any more, milliseconds. */
  readonly shutdownDelayMs: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Where uploads are kept: `file:<folder>` or `s3://bucket/prefix`. */
  readonly storageUrl: string;
  /** Folder of everything embedded. Absolute. */
  readonly dataDir: string;
  readonly logLevel: string;
  /** The htpasswd file of the users, with the Apache group file of their roles; null where everybody may do everything. */
  readonly usersFile: string | null;
  readonly groupsFile: string | null;
  /** Addresses and networks of proxies whose `X-Forwarded-…` headers count. */
  readonly trustProxy: readonly string[];
  /** Most connections of this process to PostgreSQL. */
  readonly databasePool: number;
  readonly imports: ImportsConfig;
  /** The text of RULES_FILE, or null. The orders module gives it its meaning. */
  readonly rulesJson: string | null;
  /** Folder in which `npm run chaos` asks for faults; empty but there. */
  readonly faultDir: string;
}

/** Settings of the import engine. */
export interface ImportsConfig {
  /** Records committed in one transaction. */
  readonly chunkRecords: number;
  /** How long a worker owns a segment without renewing, milliseconds. */
  readonly leaseMs: number;
  /** Time between two looks for work that nobody rang for, milliseconds. */
  readonly sweepMs: number;
  /** Least length of a segment, bytes; a smaller file is one. */
  readonly segmentBytes: number;
  /** Largest file taken, bytes. */
  readonly maxFileBytes: number;
  /** Segments, of one import or of several, that one worker process runs at once. */
  readonly slots: number;
  /** Days for which a file is kept when its import is over. */
  readonly keepFilesDays: number;
}

const text = (env: string, fallback: string, meaning: string): Key<string> => ({
  env,
  meaning,
  fallback,
  parse: (value) => value,
});

const oneOf = <T extends string>(env: string, values: readonly T[], fallback: T, meaning: string): Key<T> => ({
  env,
  meaning: `${meaning}: ${values.join(', ')}`,
  fallback,
  parse(value) {
    if (!values.includes(value as T)) throw new Error(`must be one of ${values.join(', ')}`);
    return value as T;
  },
});

const integer = (env: string, min: number, max: number, fallback: number, meaning: string): Key<number> => ({
  env,
  meaning: `${meaning}; ${min} to ${max}`,
  fallback: String(fallback),
  parse(value) {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return number;
  },
});

const url = (env: string, protocols: readonly string[], fallback: string, meaning: string): Key<string> => ({
  env,
  meaning,
  fallback,
  parse(value) {
    if (value === '' || protocols.some((protocol) => value.startsWith(protocol))) return value;
    throw new Error(`must begin with ${protocols.join(' or ')}`);
  },
});

const jsonFile = (env: string, meaning: string): Key<string | null> => ({
  env,
  meaning,
  fallback: '',
  parse: (path) => (path === '' ? null : readFileSync(path, 'utf8')),
});

const networks = (env: string, meaning: string): Key<readonly string[]> => ({
  env,
  meaning,
  fallback: '',
  parse(value) {
    const all = value.split(',').flatMap((each) => each.trim() || []);
    const bad = all.find((each) => !isNetwork(each));
    if (bad === undefined) return Object.freeze(all);
    throw new Error(`${bad} is no address, no network such as 10.0.0.0/8, and not loopback, linklocal or uniquelocal`);
  },
});

/** A key that may be unset: null then. */
const optional = <T>(key: Key<T>): Key<T | null> => ({
  ...key,
  fallback: '',
  parse: (value) => (value === '' ? null : key.parse(value)),
});

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Every key that a process reads, in the order in which documentation lists them. */
export const KEYS = {
  env: oneOf(
    'ACME_ENV',
    ['development', 'test', 'production'],
    'development',
    'Profile (follows NODE_ENV where it is unset)',
  ),
  role: oneOf('ROLE', ['api', 'worker', 'all'], 'all', 'What a process does'),
  host: text('HOST', '', 'Address to listen on; 127.0.0.1, or 0.0.0.0 in production, where unset'),
  port: integer('PORT', 0, 65_535, 8089, 'Port of the API'),
  workerPort: integer('WORKER_PORT', 0, 65_535, 8090, "Port of a worker's probes and metrics"),
  metricsPort: optional(
    integer('METRICS_PORT', 0, 65_535, 0, 'Port of `/metrics`, which the main port then has not; there where unset'),
  ),
  shutdownDelayMs: optional(
    integer(
      'SHUTDOWN_DELAY_MS',
      0,
      5_000,
      0,
      'How long an API that was told to end still takes requests while it is not ready, milliseconds; ' +
        'where unset 0, or 3000 in production',
    ),
  ),
  databaseUrl: url(
    'DATABASE_URL',
    ['postgres://', 'postgresql://'],
    '',
    'PostgreSQL; an embedded one is started where unset',
  ),
  redisUrl: url('REDIS_URL', ['redis://', 'rediss://'], '', 'Redis; an embedded one is started where unset'),
  storageUrl: url(
    'STORAGE_URL',
    ['file:', 's3://'],
    '',
    'Where uploads are kept: file:FOLDER or s3://BUCKET/PREFIX; a folder in DATA_DIR where unset',
  ),
  dataDir: text('DATA_DIR', '.data', 'Folder of everything embedded'),
  logLevel: oneOf(
    'LOG_LEVEL',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
    'Least level that is logged',
  ),
  usersFile: optional(
    text('AUTH_USERS_FILE', '', 'Users: a file as `htpasswd -B` writes it; open to everybody where unset'),
  ),
  groupsFile: optional(text('AUTH_GROUPS_FILE', '', 'Roles of the users: lines such as `admin: anna bob`')),
  trustProxy: networks('TRUST_PROXY', 'Proxies that say from where a request comes: addresses and networks, by commas'),
  databasePool: integer('DATABASE_POOL', 2, 100, 10, 'Most connections of one process to PostgreSQL'),
  chunkRecords: integer('IMPORT_CHUNK_RECORDS', 1, 100_000, 10_000, 'Records committed in one transaction'),
  leaseMs: integer('IMPORT_LEASE_MS', 500, 600_000, 10_000, 'How long a worker owns a segment, milliseconds'),
  sweepMs: integer(
    'IMPORT_SWEEP_MS',
    100,
    60_000,
    2_000,
    'Time between two looks for work nobody rang for, milliseconds',
  ),
  segmentBytes: integer('IMPORT_SEGMENT_BYTES', 1_024, GIB, 8 * MIB, 'Least length of a segment of a file, bytes'),
  maxFileBytes: integer('IMPORT_MAX_FILE_BYTES', 1, 1024 * GIB, 10 * GIB, 'Largest file taken, bytes'),
  slots: integer('IMPORT_SLOTS', 1, 64, availableParallelism(), 'Segments that one worker runs at once'),
  keepFilesDays: integer(
    'IMPORT_KEEP_FILES_DAYS',
    0,
    36_500,
    30,
    'Days for which a file is kept when its import is over',
  ),
  rulesJson: jsonFile('RULES_FILE', 'JSON file with rules switched off or with other parameters'),
  faultDir: text('CHAOS_FAULT_DIR', '', 'Folder in which `npm run chaos` asks for faults; never set elsewhere'),
} as const;

type Values = { [K in keyof typeof KEYS]: ReturnType<(typeof KEYS)[K]['parse']> };

/** The configuration of this process. Throws one error that names every bad key. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values = parseKeys({ ...environment, ACME_ENV: environment.ACME_ENV?.trim() || environment.NODE_ENV });
  const { chunkRecords, leaseMs, sweepMs, segmentBytes, maxFileBytes, slots, keepFilesDays, ...rest } = values;
  const dataDir = resolve(values.dataDir);
  const host = values.host || (values.env === 'production' ? '0.0.0.0' : '127.0.0.1');
  refuse(accessFaults({ ...values, host }));
  return Object.freeze({
    ...rest,
    dataDir,
    host,
    shutdownDelayMs: values.shutdownDelayMs ?? (values.env === 'production' ? 3_000 : 0),
    storageUrl: values.storageUrl || `file:${resolve(dataDir, 'uploads')}`,
    imports: Object.freeze({ chunkRecords, leaseMs, sweepMs, segmentBytes, maxFileBytes, slots, keepFilesDays }),
  });
}

function parseKeys(environment: NodeJS.ProcessEnv): Values {
  const faults: string[] = [];
  const entries = Object.entries(KEYS).map(([name, key]) => {
    try {
      return [name, key.parse(environment[key.env]?.trim() || key.fallback)];
    } catch (error) {
      faults.push(`${key.env}: ${(error as Error).message}`);
      return [name, undefined];
    }
  });
  refuse(faults);
  return Object.fromEntries(entries) as Values;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`The configuration cannot be used.\n  ${faults.join('\n  ')}`);
}

/** Injection token of the Config. */
export const CONFIG = Symbol('config');
