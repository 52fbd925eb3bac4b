import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { linesAbout, startApp, type App } from '../support/app.js';
import { accepted, ended, exported, get, importOf, json, sql, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';
import { rawConnection } from '../support/raw-http.js';

/** A thousand bytes each that no compression makes much smaller. */
const STORED = 30_000;

let app: App;
let first: Import;

beforeAll(async () => {
  app = await startApp();
  first = await importOf(app, fileOf(record(1), record(2, { state: 'PA', name: 'Zoë' })));
  // More than the buffers between the database and a client hold. The even ids are free.
  await sql(
    app,
    `INSERT INTO orders (id, import_id, record, line, birthday, valid, name, email, state, zipcode, violations)
     SELECT 1001 + 2 * n, gen_random_uuid(), n + 1, n + 2, '1963-02-27', true, (SELECT string_agg(md5(n || '-' || k), '') FROM generate_series(1, 31) k), 'a@example.com', 'IA',
            '10001', '{}'
     FROM generate_series(0, $1::int - 1) n`,
    [STORED],
  );
});
afterAll(() => app?.stop());

/** An answer as it comes over the wire, of which nothing is read yet. */
async function open(path: string, headers: Record<string, string> = {}, { api } = app): Promise<IncomingMessage> {
  const request = httpGet(`${api}${path}`, { headers, agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  // The answer tells it too.
  request.on('error', () => undefined);
  return answer;
}

const paths = () => [
  ['orders', '/orders/export?importId=' + first.id],
  ['rejects', `/imports/${first.id}/rejects.csv`],
];

describe('a file that is exported', () => {
  it.each([
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br', 'gzip'],
    ['br, gzip;q=0.1', 'gzip'],
    ['*', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
    ['identity;q=0.5, gzip;q=0.8', 'gzip'],
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['br', undefined],
    ['gzip;q=0', undefined],
    ['gzip;q=0, *', undefined],
    ['gzip;q=0.5, identity', undefined],
  ])('asked for with Accept-Encoding %s comes as %s', async (accepts, encoding) => {
    for (const [, path] of paths()) {
      const answer = await open(path!, accepts === undefined ? {} : { 'accept-encoding': accepts });
      const body = await buffer(answer);
      expect([answer.statusCode, answer.headers['content-encoding']]).toEqual([200, encoding]);
      expect(answer.headers.vary).toMatch(/^(Accept, Accept-Encoding|Accept-Encoding, Accept-Language)$/);
      expect(answer.headers['content-length']).toBeUndefined();
      expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="orders(\.ndjson|-rejects\.csv)"$/);
      const plain = await buffer(await open(path!));
      expect((encoding === 'gzip' ? gunzipSync(body) : body).equals(plain)).toBe(true);
      expect(plain.toString()).toContain('Zoë');
    }
  });

  it.each(['identity;q=0', '*;q=0', 'gzip;q=0, identity;q=0', 'br, identity;q=0'])(
    'is refused where Accept-Encoding %s allows no encoding that there is',
    async (accepts) => {
      for (const [, path] of paths()) {
        const answer = await open(`${path}${path!.includes('?') ? '&' : '?'}lang=es`, { 'accept-encoding': accepts });
        const problem = JSON.parse((await buffer(answer)).toString()) as Problem;
        expect([answer.statusCode, problem.code]).toEqual([406, 'request.encoding-not-acceptable']);
        expect(problem.title).toMatch(/^Ninguna /);
        expect(answer.headers['content-encoding']).toBeUndefined();
        expect(answer.headers['content-disposition']).toBeUndefined();
      }
    },
  );

  it('takes a filter for data, whatever it holds', async () => {
    for (const state of ["CA' OR true --", "\\' OR true --", '$1', '%', String.raw`\x27`, "''"]) {
      const answer = await get(app, `/orders/export?state=${encodeURIComponent(state)}`);
      expect([answer.status, await answer.text()]).toEqual([200, '']);
    }
  });

  it('has every order once also where some are a thousand times as long as others', async () => {
    const long = 'n'.repeat(60_000);
    const { id } = await importOf(
      app,
      fileOf(
        ...Array.from({ length: 300 }, (_, index) =>
          record(500_001 + index, index > 50 && index < 250 ? { name: `${long}${index}` } : {}),
        ),
      ),
    );
    const orders = await Array.fromAsync(exported(app, `?importId=${id}`));
    expect(orders.map((order) => order.id)).toEqual(Array.from({ length: 300 }, (_, index) => 500_001 + index));
    expect(orders[100]!.name).toBe(`${long}100`);
    expect(orders[299]!.name).toBe('Customer 500300');
  });

  it('has every order once, by ascending id, that was there all the time while others come and go', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => 1_000 + 2 * index);
    const { id } = await accepted(upload(app, fileOf(...ids.toReversed().map((each) => record(each)))));
    const isDone = async () =>
      (await sql(app, 'SELECT 1 FROM imports WHERE id = $1 AND finished_at IS NOT NULL', [id])).length > 0;
    let exports = 0;
    for (let wasDone = false; !wasDone; exports++) {
      wasDone = await isDone();
      const found = (await Array.fromAsync(exported(app))).map((order) => order.id);
      expect(found.every((each, index) => index === 0 || each > found[index - 1]!)).toBe(true);
      const known = found.filter((each) => each % 2 === 1 && each > 1_000 && each < 500_000);
      expect(known).toHaveLength(STORED);
    }
    expect(exports).toBeGreaterThan(1);
    expect((await ended(app, id)).counts.valid).toBe(20_000);
  });
});

/** Ends the API's next look for orders in the middle, when it waits for a lock. */
async function failNextBatch(work: () => unknown): Promise<void> {
  const client = new Client({ connectionString: app.databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    await work();
    await eventually('a batch was waited for, and failed', async () => {
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'acme-orders-api' AND wait_event_type = 'Lock'
         AND query LIKE 'COPY%'`,
      );
      return rowCount! > 0;
    });
  } finally {
    await client.end();
  }
}

/** Reads to the end. Its error, or `whole` where there is none. */
async function broken(answer: Socket | IncomingMessage): Promise<string> {
  try {
    await buffer(answer);
    return 'whole';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

describe('an export whose database fails in the middle', () => {
  it.each<Record<string, string>>([{}, { 'accept-encoding': 'gzip' }])(
    'is broken off, and nobody takes it for whole: %o',
    async (headers) => {
      const requestId = `cut-off-${Object.keys(headers).length}-export`;
      const answer = await open('/orders/export', { ...headers, 'x-request-id': requestId });
      expect(answer.statusCode).toBe(200);
      let end: Promise<string>;
      await failNextBatch(() => void (end = broken(answer)));
      expect(await end!).toBe('ECONNRESET');
      expect(answer.complete).toBe(false);
      const lines = await eventually('it is logged', () => {
        const found = linesAbout(app.log(), { 'http.request.id': requestId, message: 'answer cut off' });
        return found.length > 0 && found;
      });
      expect(lines).toHaveLength(1);
      expect(lines[0]!['log.level']).toBe('error');
      expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
      expect(await json<Order>(get(app, '/orders/1'))).toMatchObject({ id: 1 });
    },
  );

  it('is reset where only the end of the connection would tell its length', async () => {
    const socket = await rawConnection(app);
    socket.write('GET /acme_orders/api/v1/orders/export HTTP/1.0\r\n\r\n');
    await once(socket, 'readable');
    let end: Promise<string>;
    await failNextBatch(() => void (end = broken(socket)));
    expect(await end!).toBe('ECONNRESET');
  });
});

describe('an export whose process is killed in the middle', () => {
  it('is broken off', async () => {
    const api = await app.startApi();
    const answer = await open('/orders/export', {}, { ...app, api: `${api.url}/acme_orders/api/v1` });
    const end = broken(answer);
    api.process.kill('SIGKILL');
    await api.ended;
    expect(await end).toBe('ECONNRESET');
    expect(answer.complete).toBe(false);
  });
});

describe('an export whose client stands still', () => {
  it('holds no connection and no transaction, and is not read any further', async () => {
    const answer = await open('/orders/export');
    await eventually('nothing is held', async () => {
      const held = await sql(
        app,
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = 'acme-orders-api' AND (state <> 'idle' OR xact_start IS NOT NULL)`,
      );
      return held.length === 0;
    });
    // What is gone by now cannot have been read.
    await sql(app, 'DELETE FROM orders WHERE id > 50000 AND id < 500000');
    const text = (await buffer(answer)).toString();
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Order).id);
    expect(ids.filter((id) => id > 50_000 && id < 500_000)).toEqual([]);
    expect(ids.filter((id) => id > 1_000 && id <= 50_000 && id % 2 === 1)).toHaveLength(24_500);
  });
});
