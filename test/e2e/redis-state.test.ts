import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startServices, type Services } from '../../src/cli/services/index.js';
import { linesAbout, startApp, type App } from '../support/app.js';
import { importOf, json } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { temporaryFolder } from '../support/folders.js';
import { lineTo, type Line } from '../support/line.js';
import { metricOf } from '../support/metrics.js';
import { fileOf, record } from '../support/order-files.js';
import { rmSync } from 'node:fs';

interface Readiness {
  readonly status: string;
  readonly details: { readonly redis: { readonly status: string; readonly reason?: string } };
}

// A Redis of this file alone: its settings are for the whole server.
const dataDir = temporaryFolder();
let services: Services;
let line: Line;
let redis: Redis;
let app: App;
let urls: string[];
beforeAll(async () => {
  const env = { PATH: process.env.PATH, DATABASE_URL: inject('databaseUrl') };
  services = await startServices({ dataDir, env, log: () => undefined });
  line = await lineTo(services.redisUrl);
  redis = new Redis(services.redisUrl);
  app = await startApp({ env: { REDIS_URL: line.url, IMPORT_SWEEP_MS: '200' } });
  urls = [app.url, ...[...app.workers].map(({ url }) => url)];
});
afterAll(async () => {
  await app?.stop();
  redis?.disconnect();
  await line?.close();
  await services?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const readiness = async (url: string): Promise<[number, string, string, string | undefined]> => {
  const answer = await fetch(`${url}/health/ready`);
  const { status, details } = await json<Readiness>(answer);
  return [answer.status, status, details.redis.status, details.redis.reason];
};

/** Waits until both processes show these values without having been probed. */
const shown = (up: number, policyOk: number): Promise<unknown> =>
  eventually(`metrics say up ${up} and policy ${policyOk}`, async () => {
    const values = urls.map(async (url) => [
      await metricOf(url, 'dependency_up{dependency="redis"}'),
      await metricOf(url, 'redis_policy_ok'),
    ]);
    return (await Promise.all(values)).every(([a, b]) => a === up && b === policyOk);
  });

/** What the processes logged of Redis: level and reason, API and worker apart. */
const logged = (): unknown[][] =>
  ['api', 'worker'].map((role) =>
    linesAbout(app.log(), { 'service.name': `acme-orders-${role}`, 'log.logger': 'RedisState' }).map((line) => [
      line['log.level'],
      line['event.reason'],
    ]),
  );
const loggedByEach = (...lines: unknown[]): unknown[][] => [lines, lines];

const WARN = 'warn';
const INFO = 'info';

// One story: what is logged goes on from test to test.
describe('Redis', () => {
  it('that is as it should be is nothing to talk about', async () => {
    await shown(1, 1);
    for (const url of urls) expect(await readiness(url)).toEqual([200, 'ok', 'up', undefined]);
    expect(logged()).toEqual(loggedByEach());
  });

  it('that may forget jobs is noticed by itself, said once, and imports go on', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    // Without a limit nothing can be evicted.
    for (const url of urls) expect(await readiness(url)).toEqual([200, 'ok', 'up', undefined]);
    await redis.config('SET', 'maxmemory', '100mb');
    await shown(1, 0);
    expect(logged()).toEqual(loggedByEach([WARN, 'may-evict']));
    for (const url of [...urls, ...urls]) {
      expect(await readiness(url)).toEqual([200, 'degraded', 'degraded', 'may-evict']);
    }
    expect(await importOf(app, fileOf(record(1)))).toMatchObject({ state: 'completed' });
    expect(logged()).toEqual(loggedByEach([WARN, 'may-evict']));
  });

  it('that is made right again is said to be well, once', async () => {
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await shown(1, 1);
    for (const url of [...urls, ...urls]) expect(await readiness(url)).toEqual([200, 'ok', 'up', undefined]);
    await redis.config('SET', 'maxmemory', '0');
    expect(logged()).toEqual(loggedByEach([WARN, 'may-evict'], [INFO, undefined]));
  });

  it('that goes away degrades for another reason, with no address in the answer', async () => {
    await line.cut();
    await shown(0, 1);
    for (const url of [...urls, ...urls]) {
      expect(await readiness(url)).toEqual([200, 'degraded', 'degraded', 'away']);
      expect(await (await fetch(`${url}/health/ready`)).text()).not.toMatch(/127\.0\.0\.1|redis:\/\/|ECONN/);
    }
    const before = [
      [WARN, 'may-evict'],
      [INFO, undefined],
      [WARN, 'away'],
    ] as const;
    expect(logged()).toEqual(loggedByEach(...before));
    await line.mend();
    await shown(1, 1);
    expect(logged()).toEqual(loggedByEach(...before, [INFO, undefined]));
  });
});
