import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App, type Role } from '../support/app.js';
import { accepted, act, ended, get, getImport, importOf, upload, whileOrdersAreLocked } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { describedMetrics, metricOf, metricsOf, metricsUrlOf } from '../support/metrics.js';
import { leaveOut } from '../support/openapi/watch-answers.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
let worker: Role;
beforeAll(async () => {
  app = await startApp({ env: { IMPORT_SWEEP_MS: '200', IMPORT_SLOTS: '2' } });
  worker = [...app.workers][0]!;
});
afterAll(() => app?.stop());

const ofApi = (series: string): Promise<number | undefined> => metricOf(app.url, series);
const ofWorker = (series: string): Promise<number | undefined> => metricOf(worker.url, series);

/** By how much series of a process grow while something is done; those that were not there begin at 0. */
async function growthOf(url: string, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await metricsOf(url);
  await work();
  const grown = [...(await metricsOf(url))].map(([series, value]) => [series, value - (before.get(series) ?? 0)]);
  return Object.fromEntries(grown.filter(([, growth]) => growth !== 0)) as Record<string, number>;
}

describe('every metric', () => {
  it('says what it means, once, and is named as Prometheus wants it', async () => {
    for (const url of [app.url, worker.url]) {
      const all = await describedMetrics(url);
      expect(all.length).toBeGreaterThan(30);
      expect(all.filter(({ help }) => help.length < 10)).toEqual([]);
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      const own = all.filter(({ name }) => name.startsWith('orders_import_') || name.startsWith('http_'));
      expect(own.length).toBeGreaterThan(10);
      expect(own.filter(({ name, type }) => name.endsWith('_total') !== (type === 'counter'))).toEqual([]);
    }
  });

  it('stands in the README, and no other does', async () => {
    const rows = (await readFile('README.md', 'utf8')).matchAll(/^\| `((?:orders_import_|http_)\w+)/gm);
    const own = [...(await describedMetrics(app.url)), ...(await describedMetrics(worker.url))]
      .map(({ name }) => name)
      .filter((name) => /^(orders_import|http)_/.test(name));
    expect([...new Set([...rows].map(([, name]) => name!))].toSorted()).toEqual([...new Set(own)].toSorted());
  });
});

describe('an API measures requests', () => {
  const series = (method: string, route: string, status: number): string =>
    `http_request_duration_seconds_count{method="${method}",route="${route}",status_code="${status}"}`;

  it('by the pattern of their route, so that no id is a label', async () => {
    const grown = await growthOf(app.url, async () => {
      for (const path of ['/orders/1', '/orders/2?lang=es', '/orders/x', '/orders']) await get(app, path);
    });
    expect(grown[series('GET', '/acme_orders/api/v1/orders/:id', 404)]).toBe(2);
    expect(grown[series('GET', '/acme_orders/api/v1/orders/:id', 400)]).toBe(1);
    expect(grown[series('GET', '/acme_orders/api/v1/orders', 200)]).toBe(1);
  });

  it('and calls every route that it does not know by one name, and every rare method by another', async () => {
    const grown = await growthOf(app.url, async () => {
      for (const path of ['/nothing/1', '/nothing/2', '/acme_orders/api/v1/nothing']) await fetch(app.url + path);
      await fetch(`${app.api}/orders`, { method: 'DELETE' });
      await new Promise((done) =>
        request(`${app.url}/nothing`, { method: 'PROPFIND' }, (answer) => answer.resume().on('end', done)).end(),
      );
    });
    expect(grown[series('GET', 'unknown', 404)]).toBe(3);
    expect(grown[series('DELETE', 'unknown', 405)]).toBe(1);
    expect(Object.keys(grown).filter((name) => /nothing|PROPFIND/.test(name))).toEqual([]);
    expect(Object.keys(grown).filter((name) => name.includes('method="other"'))).not.toEqual([]);
  });
});

describe('an API counts uploads', () => {
  it('by their result, and their bytes', async () => {
    const good = fileOf(record(1));
    const grown = await growthOf(app.url, async () => {
      await importOf(app, good);
      expect((await upload(app, 'id|name\n')).status).toBe(422);
    });
    expect(grown['orders_import_uploads_total{result="accepted"}']).toBe(1);
    expect(grown['orders_import_uploads_total{result="refused"}']).toBe(1);
    expect(grown['orders_import_upload_bytes_total']).toBe(Buffer.byteLength(good) + 'id|name\n'.length);
  });

  it('that are under way, and those that their client cuts off', async () => {
    const cut = request(`${app.api}/imports`, { method: 'POST', headers: { 'content-type': 'text/csv' } });
    cut.on('error', () => undefined);
    cut.write('id|name|email');
    await eventually('it is under way', async () => (await ofApi('uploads_in_progress')) === 1);
    cut.destroy();
    await eventually('it was cut off', async () => (await ofApi('uploads_total{result="cut_off"}')) === 1);
    expect(await ofApi('uploads_in_progress')).toBe(0);
  });
});

describe('an API shows the imports that are not over', () => {
  it('by state, and since when the oldest of them waits', async () => {
    expect(await ofApi('oldest_queued_timestamp_seconds')).toBe(0);
    const id = await whileOrdersAreLocked(app, async () => {
      const running = (await accepted(upload(app, fileOf(record(10))))).id;
      await eventually('it runs', async () => (await getImport(app, running)).state === 'running');
      await eventually('it shows', async () => (await ofApi('imports{state="running"}')) === 1);
      return running;
    });
    await ended(app, id);
    await eventually('it is gone', async () => (await ofApi('imports{state="running"}')) === 0);
  });

  it('and a paused one waits anew when it is resumed', async () => {
    worker.process.kill('SIGSTOP');
    const { id } = await accepted(upload(app, fileOf(record(11))));
    const oldest = (): Promise<number | null> => ofApi('oldest_queued_timestamp_seconds').then((at) => at || null);
    const first = await eventually('it waits', oldest);
    await act(app, id, 'pause');
    await eventually('it shows as paused', async () => (await ofApi('imports{state="paused"}')) === 1);
    expect(await oldest()).toBeNull();
    await act(app, id, 'resume');
    expect(await eventually('it waits again', oldest)).toBeGreaterThan(first);
    worker.process.kill('SIGCONT');
    await ended(app, id);
    await eventually('nothing waits', async () => (await oldest()) === null || undefined);
  });
});

describe('a worker counts', () => {
  it('the records of an import by outcome and rule, its bytes, its chunks and its end', async () => {
    const content = fileOf(record(20), record(21, { state: 'PA' }), record(20), 'x|y', record(22));
    const grown = await growthOf(worker.url, () => importOf(app, content));
    expect(grown).toMatchObject({
      'orders_import_records_total{outcome="valid"}': 2,
      'orders_import_records_total{outcome="invalid"}': 1,
      'orders_import_records_total{outcome="duplicate"}': 1,
      'orders_import_records_total{outcome="malformed"}': 1,
      'orders_import_violations_total{rule="allowed_state"}': 1,
      orders_import_bytes_read_total: Buffer.byteLength(content) - content.indexOf('\n') - 1,
      'orders_import_imports_ended_total{outcome="completed"}': 1,
      'orders_import_import_duration_seconds_count{outcome="completed"}': 1,
      orders_import_queue_wait_seconds_count: 1,
      'orders_import_chunk_duration_seconds_count{phase="read"}': 1,
      'orders_import_chunk_duration_seconds_count{phase="judge"}': 1,
      'orders_import_chunk_duration_seconds_count{phase="store"}': 1,
      'orders_import_chunk_duration_seconds_count{phase="commit"}': 1,
    });
    expect(await ofWorker('last_chunk_commit_timestamp_seconds')).toBeGreaterThan(1.7e9);
    await eventually('its slot is free', async () => (await ofWorker('worker_slots{state="busy"}')) === 0);
    expect(await ofWorker('worker_slots{state="idle"}')).toBe(2);
  });

  it('imports that fail', async () => {
    const grown = await growthOf(worker.url, () => importOf(app, fileOf(record(30, { state: 'PA' })), '?maxRejects=0'));
    expect(grown['orders_import_imports_ended_total{outcome="failed"}']).toBe(1);
  });
});

describe('a process shows what it uses', () => {
  it('of connections and of room', async () => {
    for (const url of [app.url, worker.url]) {
      const [busy, idle] = [
        await metricOf(url, 'pg_pool_connections{state="busy"}'),
        await metricOf(url, 'pg_pool_connections{state="idle"}'),
      ];
      expect(busy! + idle!).toBeGreaterThan(0);
      expect(await metricOf(url, 'pg_pool_waiting')).toBe(0);
      expect(await metricOf(url, 'storage_free_bytes')).toBeGreaterThan(0);
      expect(await metricOf(url, 'storage_size_bytes')).toBeGreaterThan(0);
    }
  });
});

describe('with a METRICS_PORT', () => {
  it('the metrics are there, and nowhere else', async () => {
    for (const role of [await app.startApi({ METRICS_PORT: '0' }), await app.startWorker({ METRICS_PORT: '0' })]) {
      const url = await metricsUrlOf(role);
      leaveOut(url);
      expect(await metricOf(url, 'pg_pool_waiting')).toBe(0);
      expect((await fetch(`${url}/health/live`)).status).toBe(404);
      expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
      expect((await fetch(`${role.url}/metrics`)).status).toBe(404);
      role.process.kill('SIGTERM');
      expect(await role.ended).toBe(0);
    }
  });
});
