import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, readConfig, shownConfig } from '../../src/config.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'acme-config-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What production wants. */
const USERS = { AUTH_USERS_FILE: '/etc/acme/users', AUTH_GROUPS_FILE: '/etc/acme/groups' };

/** What the error says, line by line. */
function faultsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.trim());
  }
  return [];
}

describe('the configuration', () => {
  it('is the documented one where nothing is set', () => {
    const { imports, limits, ...config } = readConfig({});
    expect(config).toEqual({
      env: 'development',
      role: 'all',
      host: '127.0.0.1',
      port: 8089,
      workerPort: 8090,
      metricsPort: null,
      shutdownDelayMs: 0,
      databaseUrl: '',
      redisUrl: '',
      storageUrl: `file:${resolve('.data', 'uploads')}`,
      dataDir: resolve('.data'),
      logLevel: 'info',
      usersFile: null,
      groupsFile: null,
      trustProxy: [],
      corsOrigins: [],
      logFile: '',
      logFileMaxBytes: 10 * 1024 ** 2,
      logFileCount: 5,
      otlpEndpoint: '',
      otlpHeaders: '',
      tracedPercent: 100,
      databasePool: 10,
      rulesJson: null,
      faultDir: '',
    });
    expect(imports).toMatchObject({
      chunkRecords: 10_000,
      segmentBytes: 8 * 1024 ** 2,
      leaseMs: 10_000,
      sweepMs: 2_000,
      maxFileBytes: 10 * 1024 ** 3,
    });
    expect(imports.slots).toBeGreaterThanOrEqual(1);
    expect(limits).toEqual({
      uploadsPerUser: 50,
      uploadsAtOnce: 50,
      uploadBytesPerSecond: 1_024,
      uploadWindowMs: 30_000,
      queuedImportsPerUser: 1_000,
      requestsPerMinute: 0,
      headersMs: 20_000,
      idleMs: 72_000,
      statementMs: 30_000,
    });
  });

  it('takes every key from the environment', () => {
    const rulesFile = join(folder, 'rules.json');
    writeFileSync(rulesFile, '{ "zipcode_sum": false }');
    const config = readConfig({
      ACME_ENV: 'test',
      ROLE: 'worker',
      HOST: '::1',
      PORT: '0',
      WORKER_PORT: '65535',
      METRICS_PORT: '9090',
      SHUTDOWN_DELAY_MS: '5000',
      DATABASE_URL: 'postgresql://u:p@db:5432/acme',
      REDIS_URL: 'rediss://redis:6380/1',
      STORAGE_URL: 's3://bucket/prefix',
      DATA_DIR: folder,
      LOG_LEVEL: 'debug',
      AUTH_USERS_FILE: '/etc/acme/users',
      AUTH_GROUPS_FILE: '/etc/acme/groups',
      TRUST_PROXY: 'loopback, 10.0.0.0/8,2001:db8::1',
      CORS_ORIGINS: 'https://shop.example.com, http://localhost:5173,https://shop.example.com',
      LOG_FILE: '/var/log/acme/orders.log',
      LOG_FILE_MAX_BYTES: '1024',
      LOG_FILE_COUNT: '2',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k',
      TRACED_PERCENT: '5',
      DATABASE_POOL: '2',
      IMPORT_CHUNK_RECORDS: '1',
      IMPORT_LEASE_MS: '500',
      IMPORT_SWEEP_MS: '100',
      IMPORT_MAX_FILE_BYTES: '1',
      IMPORT_SEGMENT_BYTES: '1024',
      IMPORT_SLOTS: '64',
      IMPORT_KEEP_FILES_DAYS: '7',
      RULES_FILE: rulesFile,
      LIMIT_UPLOADS_PER_USER: '1',
      LIMIT_UPLOADS: '2',
      LIMIT_UPLOAD_BYTES_PER_SECOND: '3',
      LIMIT_UPLOAD_WINDOW_MS: '500',
      LIMIT_QUEUED_IMPORTS_PER_USER: '5',
      LIMIT_REQUESTS_PER_MINUTE: '6',
      LIMIT_HEADERS_MS: '700',
      LIMIT_IDLE_MS: '800',
      DATABASE_STATEMENT_TIMEOUT_MS: '9',
      CHAOS_FAULT_DIR: folder,
    });
    expect(config).toEqual({
      env: 'test',
      role: 'worker',
      host: '::1',
      port: 0,
      workerPort: 65_535,
      metricsPort: 9090,
      shutdownDelayMs: 5_000,
      databaseUrl: 'postgresql://u:p@db:5432/acme',
      redisUrl: 'rediss://redis:6380/1',
      storageUrl: 's3://bucket/prefix',
      dataDir: folder,
      logLevel: 'debug',
      usersFile: '/etc/acme/users',
      groupsFile: '/etc/acme/groups',
      trustProxy: ['loopback', '10.0.0.0/8', '2001:db8::1'],
      corsOrigins: ['https://shop.example.com', 'http://localhost:5173'],
      logFile: '/var/log/acme/orders.log',
      logFileMaxBytes: 1024,
      logFileCount: 2,
      otlpEndpoint: 'http://collector:4318',
      otlpHeaders: 'api-key=k',
      tracedPercent: 5,
      databasePool: 2,
      rulesJson: '{ "zipcode_sum": false }',
      faultDir: folder,
      imports: {
        chunkRecords: 1,
        leaseMs: 500,
        sweepMs: 100,
        segmentBytes: 1024,
        maxFileBytes: 1,
        slots: 64,
        keepFilesDays: 7,
      },
      limits: {
        uploadsPerUser: 1,
        uploadsAtOnce: 2,
        uploadBytesPerSecond: 3,
        uploadWindowMs: 500,
        queuedImportsPerUser: 5,
        requestsPerMinute: 6,
        headersMs: 700,
        idleMs: 800,
        statementMs: 9,
      },
    });
  });

  it('takes a key that is empty or blank for one that is not set', () => {
    const blank = Object.fromEntries(Object.values(KEYS).map(({ env }) => [env, ' ']));
    expect(readConfig(blank)).toEqual(readConfig({}));
    expect(readConfig({ PORT: ' 80 ' }).port).toBe(80);
  });

  it('follows NODE_ENV where ACME_ENV is not set or empty', () => {
    expect(readConfig({ ...USERS, NODE_ENV: 'production' }).env).toBe('production');
    expect(readConfig({ ...USERS, NODE_ENV: 'production', ACME_ENV: '' }).env).toBe('production');
    expect(readConfig({ NODE_ENV: 'production', ACME_ENV: 'test' }).env).toBe('test');
  });

  it('listens to everybody in production only', () => {
    expect(readConfig({ ...USERS, ACME_ENV: 'production' }).host).toBe('0.0.0.0');
    expect(readConfig({ ...USERS, ACME_ENV: 'production', HOST: '10.0.0.1' }).host).toBe('10.0.0.1');
    expect(readConfig({ ACME_ENV: 'test' }).host).toBe('127.0.0.1');
  });

  it('gives balancers time before an API ends in production only, where nothing else is said', () => {
    expect(readConfig({ ...USERS, ACME_ENV: 'production' }).shutdownDelayMs).toBe(3_000);
    expect(readConfig({ ...USERS, ACME_ENV: 'production', SHUTDOWN_DELAY_MS: '0' }).shutdownDelayMs).toBe(0);
    expect(readConfig({ ACME_ENV: 'test' }).shutdownDelayMs).toBe(0);
  });

  it('keeps uploads in the data folder where nothing else is said', () => {
    expect(readConfig({ DATA_DIR: '/var/lib/acme' }).storageUrl).toBe('file:/var/lib/acme/uploads');
  });

  it('cannot be changed', () => {
    const config = readConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.imports)).toBe(true);
    expect(() => Object.assign(config.imports, { slots: 2 })).toThrow(TypeError);
  });

  it('names every bad key at once, and no other', () => {
    const missing = join(folder, 'none.json');
    const [first, ...faults] = faultsOf({
      ACME_ENV: 'staging',
      ROLE: 'API',
      HOST: 'anything',
      PORT: '65536',
      WORKER_PORT: '-1',
      METRICS_PORT: 'none',
      SHUTDOWN_DELAY_MS: '5001',
      DATABASE_URL: 'mysql://db',
      REDIS_URL: 'localhost:6379',
      STORAGE_URL: '/var/uploads',
      LOG_LEVEL: 'verbose',
      TRUST_PROXY: '10.0.0.1, everybody',
      CORS_ORIGINS: 'https://shop.example.com, *',
      DATABASE_POOL: '1',
      IMPORT_CHUNK_RECORDS: '0',
      IMPORT_LEASE_MS: '10s',
      IMPORT_SWEEP_MS: '1e3',
      IMPORT_MAX_FILE_BYTES: '1.5',
      IMPORT_SLOTS: '0x10',
      RULES_FILE: missing,
    });
    expect(first).toBe('The configuration cannot be used.');
    expect(faults).toEqual([
      'ACME_ENV: must be one of development, test, production',
      'ROLE: must be one of api, worker, all',
      'PORT: must be a whole number from 0 to 65535',
      'WORKER_PORT: must be a whole number from 0 to 65535',
      'METRICS_PORT: must be a whole number from 0 to 65535',
      'SHUTDOWN_DELAY_MS: must be a whole number from 0 to 5000',
      'DATABASE_URL: must begin with postgres:// or postgresql://',
      'REDIS_URL: must begin with redis:// or rediss://',
      'STORAGE_URL: must begin with file: or s3://',
      'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent',
      'TRUST_PROXY: everybody is no address, no network such as 10.0.0.0/8, and not loopback, linklocal or uniquelocal',
      'CORS_ORIGINS: * is no origin such as https://shop.example.com',
      'DATABASE_POOL: must be a whole number from 2 to 100',
      'IMPORT_CHUNK_RECORDS: must be a whole number from 1 to 100000',
      'IMPORT_LEASE_MS: must be a whole number from 500 to 600000',
      'IMPORT_SWEEP_MS: must be a whole number from 100 to 60000',
      'IMPORT_MAX_FILE_BYTES: must be a whole number from 1 to 1099511627776',
      'IMPORT_SLOTS: must be a whole number from 1 to 64',
      expect.stringContaining(`RULES_FILE: ENOENT`),
    ]);
    expect(faults.at(-1)).toContain(missing);
  });

  it.each([
    ['IMPORT_CHUNK_RECORDS', ['1', '100000'], ['0', '100001']],
    ['IMPORT_LEASE_MS', ['500', '600000'], ['499', '600001']],
    ['DATABASE_POOL', ['2', '100'], ['1', '101']],
  ])('takes %s within its bounds only', (key, good, bad) => {
    for (const value of good) expect(faultsOf({ [key]: value })).toEqual([]);
    for (const value of bad) expect(faultsOf({ [key]: value })).toHaveLength(2);
  });

  it.each([
    ['in production', { ACME_ENV: 'production' }, 'AUTH_USERS_FILE: must be set in production'],
    ['in production on loopback', { ACME_ENV: 'production', HOST: '127.0.0.1' }, 'AUTH_USERS_FILE: must be set in'],
    ['where others reach it', { HOST: '0.0.0.0' }, 'AUTH_USERS_FILE: must be set where HOST (0.0.0.0) can be reached'],
    ['on a name that may be anybody', { ACME_ENV: 'test', HOST: 'orders.local' }, 'AUTH_USERS_FILE: must be set'],
    ['with users of no group', { AUTH_USERS_FILE: '/users' }, 'AUTH_GROUPS_FILE: must be set too'],
    ['with groups of no users', { AUTH_GROUPS_FILE: '/groups' }, 'AUTH_USERS_FILE: must be set too'],
  ])('is refused %s, but for a worker', (_case, environment, fault) => {
    expect(faultsOf(environment)).toEqual(['The configuration cannot be used.', expect.stringContaining(fault)]);
    expect(faultsOf({ ...environment, ...USERS })).toEqual([]);
    expect(faultsOf({ ...environment, ROLE: 'worker' })).toEqual([]);
  });

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('needs no users on %s', (HOST) => {
    expect(faultsOf({ HOST })).toEqual([]);
  });

  it.each(['10.0.0.0/0', '10.0.0.0/33', '::1/129', '10.0.0', 'true', '1', '10.0.0.0/8/8'])(
    'takes no proxy that is called %s',
    (TRUST_PROXY) => {
      expect(faultsOf({ TRUST_PROXY })).toHaveLength(2);
    },
  );

  it.each([
    ['*', '* is no origin such as https://shop.example.com'],
    ['null', 'null is no origin such as https://shop.example.com'],
    ['shop.example.com', 'shop.example.com is no origin such as https://shop.example.com'],
    ['file:///page', 'file:///page is no origin such as https://shop.example.com'],
    ['https://*.example.com', 'https://*.example.com is no origin such as https://shop.example.com'],
    [
      'https://shop.example.com/',
      'https://shop.example.com/ is no origin; browsers would send https://shop.example.com',
    ],
    [
      'https://shop.example.com:443',
      'https://shop.example.com:443 is no origin; browsers would send https://shop.example.com',
    ],
    ['https://Shop.example.com', 'https://Shop.example.com is no origin; browsers would send https://shop.example.com'],
    ['https://u:p@a.example', 'https://u:p@a.example is no origin; browsers would send https://a.example'],
  ])('takes no origin that is written %s', (CORS_ORIGINS, fault) => {
    expect(faultsOf({ CORS_ORIGINS }).slice(1)).toEqual([`CORS_ORIGINS: ${fault}`]);
  });

  it('takes a key from a file where its name says so, without the line end', () => {
    const path = join(folder, 'database-url');
    writeFileSync(path, 'postgres://u:p@db/acme\n');
    expect(readConfig({ DATABASE_URL_FILE: path }).databaseUrl).toBe('postgres://u:p@db/acme');
    expect(readConfig({ DATABASE_URL_FILE: ' ', PORT: '1' }).databaseUrl).toBe('');
    const faults = faultsOf({
      REDIS_URL_FILE: join(folder, 'none'),
      DATABASE_URL_FILE: path,
      DATABASE_URL: 'postgres://a',
    });
    expect(faults.slice(1)).toEqual([
      'DATABASE_URL: is set, and DATABASE_URL_FILE too',
      expect.stringMatching(/^REDIS_URL: ENOENT/),
    ]);
  });

  it('is shown without secrets', () => {
    const shown = shownConfig({
      PORT: '80',
      DATABASE_URL: 'postgres://u:p%40ss@db:5432/acme?sslmode=require&sslpassword=hush',
      REDIS_URL: 'redis://:hush@redis:6379/1',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=hush',
    });
    expect(shown).toMatchObject({
      ACME_ENV: 'development',
      PORT: '80',
      HOST: '127.0.0.1',
      DATABASE_URL: 'postgres://***@db:5432/acme?sslmode=require&sslpassword=***',
      REDIS_URL: 'redis://***@redis:6379/1',
      OTEL_EXPORTER_OTLP_HEADERS: '***',
      STORAGE_URL: '',
    });
    expect(Object.keys(shown)).toEqual(Object.values(KEYS).map(({ env }) => env));
    expect(JSON.stringify(shown)).not.toContain('hush');
  });

  it('says of every key what it means', () => {
    const keys = Object.values(KEYS);
    expect(keys.filter(({ meaning }) => meaning.length < 10)).toEqual([]);
    expect(new Set(keys.map(({ env }) => env)).size).toBe(keys.length);
  });
});
