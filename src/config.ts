import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { accessFaults } from './config/access-faults.js';
import {
  inProduction,
  integer,
  jsonFile,
  networks,
  oneOf,
  optional,
  origins,
  secret,
  text,
  unset,
  url,
} from './config/kinds.js';
import { LIMIT_KEYS, splitLimits } from './config/limits.js';
import { readKeys, refuse } from './config/read-keys.js';
import type { Config } from './config/settings.js';
import { maskedTexts } from './config/shown.js';

export type { LimitsConfig } from './config/limits.js';
export type { Config, ImportsConfig } from './config/settings.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Every key that a process reads, in the order in which documentation lists them. */
export const KEYS = {
  env: unset(
    oneOf('ACME_ENV', ['development', 'test', 'production'], 'development', 'Profile'),
    '`NODE_ENV`, else `development`',
  ),
  role: oneOf('ROLE', ['api', 'worker', 'all'], 'all', 'What a process does; `npm start` runs an API and a worker'),
  host: inProduction(text('HOST', '127.0.0.1', 'Address to listen on'), '0.0.0.0'),
  port: integer('PORT', 0, 65_535, 8089, 'Port of the API; where it is 0, a free one'),
  workerPort: integer(
    'WORKER_PORT',
    0,
    65_535,
    8090,
    "Port of a worker's probes and metrics; where it is 0, a free one",
  ),
  metricsPort: unset(
    optional(
      integer(
        'METRICS_PORT',
        0,
        65_535,
        0,
        'Port of `/metrics` alone, which the main port then has not; where it is 0, a free one',
      ),
    ),
    'unset: on the main port',
  ),
  shutdownDelayMs: inProduction(
    integer(
      'SHUTDOWN_DELAY_MS',
      0,
      5_000,
      0,
      'Milliseconds for which an API that was told to end still takes requests while it is not ready',
    ),
    '3000',
  ),
  databaseUrl: unset(
    url('DATABASE_URL', ['postgres://', 'postgresql://'], '', 'PostgreSQL, `postgres://…`'),
    'unset: `npm start` brings its own',
  ),
  redisUrl: unset(
    url('REDIS_URL', ['redis://', 'rediss://'], '', 'Redis, `redis://…` or `rediss://…`'),
    'unset: `npm start` brings its own',
  ),
  storageUrl: unset(
    url('STORAGE_URL', ['file:', 's3://'], '', 'Where uploads are kept: `file:FOLDER` or `s3://BUCKET/PREFIX`'),
    'the folder `uploads` in `DATA_DIR`',
  ),
  dataDir: text('DATA_DIR', '.data', 'Folder of everything that is kept on this machine'),
  logLevel: oneOf(
    'LOG_LEVEL',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
    'Least level that is logged',
  ),
  usersFile: unset(
    optional(text('AUTH_USERS_FILE', '', 'Users, as `htpasswd -B` writes them')),
    'unset: everybody may do everything, on this machine only',
  ),
  groupsFile: optional(text('AUTH_GROUPS_FILE', '', 'Their roles: lines such as `admin: anna bob`')),
  trustProxy: unset(
    networks(
      'TRUST_PROXY',
      'Proxies whose `X-Forwarded-…` headers count: addresses and networks by commas, `loopback`, `linklocal`, `uniquelocal`',
    ),
    'none',
  ),
  corsOrigins: unset(
    origins(
      'CORS_ORIGINS',
      'Other origins whose pages may use the API, by commas, as browsers send them: `https://shop.example.com`',
    ),
    'none',
  ),
  logFile: text('LOG_FILE', '', 'File for the log beside standard output; `orders.log` becomes `orders-api.1.log` …'),
  logFileMaxBytes: integer(
    'LOG_FILE_MAX_BYTES',
    1_024,
    10 * GIB,
    10 * MIB,
    'Size at which the next log file begins, bytes',
  ),
  logFileCount: integer('LOG_FILE_COUNT', 2, 1_000, 5, 'Log files that are kept of each role'),
  otlpEndpoint: url(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    ['http://', 'https://'],
    '',
    'Collector of traces by OTLP over HTTP, such as `http://localhost:4318`; no traces where unset',
  ),
  otlpHeaders: secret(
    text('OTEL_EXPORTER_OTLP_HEADERS', '', 'Headers for the collector, `name=value` by commas; a secret'),
  ),
  tracedPercent: integer(
    'TRACED_PERCENT',
    0,
    100,
    100,
    'Share of the requests that are traced where the caller does not say, percent',
  ),
  databasePool: integer('DATABASE_POOL', 2, 100, 10, 'Most connections of one process to PostgreSQL'),
  chunkRecords: integer('IMPORT_CHUNK_RECORDS', 1, 100_000, 10_000, 'Records committed in one transaction'),
  leaseMs: integer(
    'IMPORT_LEASE_MS',
    500,
    600_000,
    10_000,
    'Milliseconds after which the work of a worker that stands still is taken up by another',
  ),
  sweepMs: integer(
    'IMPORT_SWEEP_MS',
    100,
    60_000,
    2_000,
    'Milliseconds between two looks for imports that Redis did not announce',
  ),
  segmentBytes: integer(
    'IMPORT_SEGMENT_BYTES',
    1_024,
    GIB,
    8 * MIB,
    'Least length of a segment of a file, bytes; segments are imported side by side',
  ),
  maxFileBytes: integer('IMPORT_MAX_FILE_BYTES', 1, 1024 * GIB, 10 * GIB, 'Largest file taken, bytes'),
  slots: unset(
    integer(
      'IMPORT_SLOTS',
      1,
      64,
      Math.min(availableParallelism(), 64),
      'Segments, of one import or of several, that one worker runs at once',
    ),
    'processors of the machine',
  ),
  keepFilesDays: integer(
    'IMPORT_KEEP_FILES_DAYS',
    0,
    36_500,
    30,
    'Days for which a file is kept when its import is over; its rejects stay listed',
  ),
  rulesJson: unset(
    jsonFile('RULES_FILE', 'JSON file with rules switched off or with other parameters'),
    'unset: the rules above',
  ),
  ...LIMIT_KEYS,
  faultDir: text('CHAOS_FAULT_DIR', '', 'Folder in which `npm run chaos` asks for faults; never set elsewhere'),
} as const;

/** The configuration of this process. Throws one error that names every bad key. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const { values } = readKeys(KEYS, withProfile(environment));
  const { chunkRecords, leaseMs, sweepMs, segmentBytes, maxFileBytes, slots, keepFilesDays, ...others } = values;
  const { limits, rest } = splitLimits(others);
  const dataDir = resolve(values.dataDir);
  refuse(accessFaults(values));
  return Object.freeze({
    ...rest,
    limits,
    dataDir,
    storageUrl: values.storageUrl || `file:${resolve(dataDir, 'uploads')}`,
    imports: Object.freeze({ chunkRecords, leaseMs, sweepMs, segmentBytes, maxFileBytes, slots, keepFilesDays }),
  });
}

/** What every key is set to, by its variable and without secrets: for the log. Throws as `readConfig`. */
export const shownConfig = (environment: NodeJS.ProcessEnv = process.env): Record<string, string> =>
  maskedTexts(KEYS, readKeys(KEYS, withProfile(environment)).texts);

const withProfile = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  ACME_ENV: environment.ACME_ENV?.trim() || environment.NODE_ENV?.trim() || 'development',
});

/** Injection token of the Config. */
export const CONFIG = Symbol('config');
