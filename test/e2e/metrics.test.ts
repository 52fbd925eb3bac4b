import { Redis } from 'ioredis';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesAbout, startApp, type App, type Role } from '../support/app.js';
import { accepted, ended, getImport, importOf, sql, upload } from '../support/client.js';
import { freshDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { lineTo, type Line } from '../support/line.js';
import { metricOf, metricsOf } from '../support/metrics.js';
import { expectOracle } from '../support/oracle.js';
import { fileOf, generated, record } from '../support/order-files.js';

let line: Line;
let app: App;
beforeAll(async () => {
  line = await lineTo(await freshDatabase());
  app = await startApp({
    env: { DATABASE_URL: line.url, IMPORT_LEASE_MS: '1000', IMPORT_SWEEP_MS: '200', IMPORT_CHUNK_RECORDS: '500' },
  });
});
afterAll(async () => {
  await app?.stop();
  await line?.close();
});

const onlyWorker = (): Role => [...app.workers][0]!;

async function stop(worker: Role): Promise<void> {
  worker.process.kill('SIGTERM');
  await worker.ended;
}

/** Starts an import of some size and waits until it is under way. */
async function underWay(seed: number, firstId: number) {
  const file = await generated({ rows: 25_000, seed, firstId });
  const { id } = await accepted(upload(app, file.content));
  await eventually('the import runs', async () => (await getImport(app, id)).counts.read > 0);
  return { id, file };
}

const databaseUp = (url: string): Promise<number | undefined> =>
  metricOf(url, 'dependency_up{dependency="postgresql"}');

const COUNTED = [
  'takeovers_total{cause="gone"}',
  'takeovers_total{cause="expired"}',
  'lease_lost_total',
  'reconciled_total{cause="unrung"}',
  'reconciled_total{cause="status"}',
];

describe('the metrics of both roles', () => {
  it('are in the text format of Prometheus, and nobody keeps them', async () => {
    for (const url of [app.url, onlyWorker().url]) {
      const answer = await fetch(`${url}/metrics`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
    }
  });

  it('tell of the process, the version and what it leans on', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    for (const url of [app.url, onlyWorker().url]) {
      const metrics = await eventually('both dependencies were seen', async () => {
        const all = await metricsOf(url);
        const seen = ['postgresql', 'redis'].map((each) =>
          all.get(`orders_import_dependency_up{dependency="${each}"}`),
        );
        return seen.every((value) => value === 1) && all;
      });
      expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(metrics.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
      expect(metrics.get(`orders_import_build_info{version="${version}",node="${process.version}"}`)).toBe(1);
      expect(metrics.get('orders_import_redis_policy_ok')).toBe(1);
    }
  });

  it('show what a worker counts from the start, and an API does not', async () => {
    const fresh = await app.startWorker();
    for (const series of COUNTED) expect([series, await metricOf(fresh.url, series)]).toEqual([series, 0]);
    for (const series of COUNTED) expect([series, await metricOf(app.url, series)]).toEqual([series, undefined]);
    await stop(fresh);
  });

  it('are not logged', () => {
    expect(app.log()).not.toContain('"url.path":"/metrics"');
  });

  it('say that PostgreSQL is away, without anybody probing', async () => {
    const [api, worker] = [app.url, onlyWorker().url];
    await line.cut();
    await eventually(
      'both say that it is away',
      async () => (await databaseUp(api)) === 0 && (await databaseUp(worker)) === 0,
    );
    await line.mend();
    await eventually(
      'both say that it is back',
      async () => (await databaseUp(api)) === 1 && (await databaseUp(worker)) === 1,
    );
    expect(app.workers.size).toBe(1);
  });
});

describe('a worker counts', () => {
  it('what it takes over from one that was killed', async () => {
    await app.startWorker();
    const { id, file } = await underWay(81, 1);
    const tookUp = (worker: Role): number =>
      linesAbout(worker.log(), { 'labels.import_id': id, message: 'segment taken up' }).length;
    const [killed, other] = [...app.workers].toSorted((a, b) => tookUp(b) - tookUp(a)) as [Role, Role];
    killed.process.kill('SIGKILL');
    await expectOracle(app, await ended(app, id), file);
    expect(await metricOf(other.url, 'takeovers_total{cause="gone"}')).toBe(1);
    expect(await metricOf(other.url, 'takeovers_total{cause="expired"}')).toBe(0);
    expect(await metricOf(other.url, 'lease_lost_total')).toBe(0);
  });

  it('what another takes from it, and what it takes when a lease has expired', async () => {
    const worker = onlyWorker();
    const { id, file } = await underWay(82, 100_001);
    // As if another worker had claimed the segment and then stood still.
    const [taken] = await sql(
      app,
      `UPDATE segments SET lease_token = lease_token + 1, lease_expires_at = clock_timestamp() - interval '1 second'
       WHERE import_id = $1 AND NOT is_done RETURNING 1`,
      [id],
    );
    expect(taken).toBeDefined();
    await expectOracle(app, await ended(app, id), file);
    expect(await metricOf(worker.url, 'lease_lost_total')).toBe(1);
    expect(await metricOf(worker.url, 'takeovers_total{cause="expired"}')).toBe(1);
  });

  it('imports whose bell was lost', async () => {
    await stop(onlyWorker());
    const { id } = await accepted(upload(app, fileOf(record(200_001))));
    const redis = new Redis(app.redisUrl);
    await eventually('the bell has rung', async () => (await redis.dbsize()) > 0);
    await redis.flushdb();
    redis.disconnect();
    const worker = await app.startWorker();
    expect(await ended(app, id)).toMatchObject({ state: 'completed' });
    expect(await metricOf(worker.url, 'reconciled_total{cause="unrung"}')).toBe(1);
  });

  it('statuses that it rebuilt from the ledger', async () => {
    const worker = onlyWorker();
    const { id } = await importOf(app, fileOf(record(200_002)));
    await sql(app, `UPDATE import_status SET state = 'running', bytes_read = 0, valid = 0 WHERE import_id = $1`, [id]);
    await eventually('the status was rebuilt', async () => (await getImport(app, id)).state === 'completed');
    expect(await metricOf(worker.url, 'reconciled_total{cause="status"}')).toBeGreaterThanOrEqual(1);
  });
});
