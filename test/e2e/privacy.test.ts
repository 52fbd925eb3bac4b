import { Redis } from 'ioredis';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, get, getImport, sql, upload, uploadForm } from '../support/client.js';
import { startCollector, type Collector } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { fileOf, HEADER, record } from '../support/order-files.js';

/** What stands for a customer here, in every field, and nowhere else. */
const CUSTOMER = {
  name: 'Canaria Namequx',
  email: 'canary.mail@canaryhost.example',
  birthday: 'Feb 27, 1913',
  zipcode: '100000019',
};
const CANARY = /canar|namequx|1913-02-27|Feb 27, 1913|100000019/i;

const canaries = (ids: number[], given: object = {}): string =>
  fileOf(...ids.map((id) => record(id, { ...CUSTOMER, ...given })));
/** Good, invalid, duplicate and malformed ones. */
const everyKind = (first: number): string =>
  fileOf(
    record(first, CUSTOMER),
    record(first + 1, { ...CUSTOMER, state: 'PA' }),
    record(first, CUSTOMER),
    record(first + 2, { ...CUSTOMER, birthday: 'Canaryday 31, 1999' }),
    record('canary-id', CUSTOMER),
    `${first + 3}|"${CUSTOMER.name}" ${CUSTOMER.email}|x`,
    `${first + 4}|${CUSTOMER.name}`,
  );

let collector: Collector;
let app: App;
const problems: string[] = [];
const redisSeen: string[] = [];
const ids: string[] = [];

beforeAll(async () => {
  collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, IMPORT_SWEEP_MS: '200', LOG_LEVEL: 'debug' };
  app = await startApp({ env });
});
afterAll(async () => {
  await app.stop();
  collector.close();
});

const done = async (answer: Promise<Response>): Promise<string> => {
  const { id } = await accepted(answer);
  ids.push(id);
  redisSeen.push(await redisContent());
  return (await ended(app, id)).state;
};
const refusedWith = async (status: number, answer: Promise<Response>): Promise<void> => {
  expect((await answer).status).toBe(status);
  problems.push(await (await answer).text());
};

describe('what customers are called, live and mail from', () => {
  it('goes through imports that are taken, whatever is in them', async () => {
    expect(await done(uploadForm(app, everyKind(1), 'canary-of-namequx.csv'))).toBe('completed');
    expect(
      await done(upload(app, everyKind(11), '?onDuplicate=replace-invalid', { 'x-request-id': 'canary@canaryhost' })),
    ).toBe('completed');
    expect(await done(upload(app, everyKind(21), '?dryRun=true'))).toBe('completed');
    const withColumn = `${HEADER}|canary column\n${record(31, CUSTOMER)}|canary\n`;
    expect(await done(upload(app, withColumn))).toBe('completed');
  });

  it('goes through requests that are refused', async () => {
    await refusedWith(422, upload(app, `canary|${CUSTOMER.email}|${CUSTOMER.name}\n`));
    await refusedWith(422, upload(app, `${HEADER}|"canary`));
    await refusedWith(422, upload(app, Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from(canaries([1]))])));
    await refusedWith(415, upload(app, Buffer.from([0, 1, 2, ...Buffer.from(CUSTOMER.email)])));
    await refusedWith(400, get(app, `/orders?email=${CUSTOMER.email}&state=canary&nonsense=canary`));
    await refusedWith(400, get(app, `/orders?cursor=${CUSTOMER.email}`));
    await refusedWith(400, upload(app, canaries([1]), '?maxRejects=canary&delimiter=canary'));
    await refusedWith(400, upload(app, canaries([1]), '', { 'idempotency-key': `canary ${CUSTOMER.email}` }));
    expect((await get(app, `/orders/${CUSTOMER.email}`)).status).toBe(400);
    expect((await get(app, `/customers/${CUSTOMER.name}`)).status).toBe(404);
    await get(app, `/orders?email=${CUSTOMER.email}`);
  });

  it('goes through a database that fails in the middle', async () => {
    await sql(app, 'ALTER TABLE orders RENAME TO orders_away');
    await refusedWith(500, get(app, '/orders?state=IA'));
    await get(app, `/orders?email=${CUSTOMER.email}`);
    await sql(app, 'ALTER TABLE orders_away RENAME TO orders');

    await sql(app, `ALTER TABLE orders ADD CONSTRAINT no_canary CHECK (name <> 'Canaria Refused')`);
    const { id } = await accepted(upload(app, canaries([41, 42], { name: 'Canaria Refused' })));
    ids.push(id);
    await eventually('COPY fails', () => app.log().includes('segment stopped'));
    redisSeen.push(await redisContent());
    await sql(app, 'ALTER TABLE orders DROP CONSTRAINT no_canary');
    expect(['completed', 'failed']).toContain((await ended(app, id)).state);

    const many = Array.from({ length: 40_000 }, (_, index) => index + 100_001);
    const cut = await accepted(upload(app, canaries(many)));
    ids.push(cut.id);
    await eventually('it is under way', async () => (await getImport(app, cut.id)).progress.bytesRead > 1_000);
    await sql(
      app,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'acme-orders-%'
      AND datname = current_database()`,
    );
    await eventually(
      'it ends',
      async () => {
        const answer = await get(app, `/imports/${cut.id}`);
        return answer.ok && ((await answer.json()) as { state: string }).state === 'completed';
      },
      60_000,
    );
  });

  it('goes through a stored file that is spoilt', async () => {
    const [worker] = app.workers;
    worker!.process.kill('SIGTERM');
    await worker!.ended;
    const { id } = await accepted(upload(app, canaries([51, 52])));
    ids.push(id);
    const [{ key }] = (await sql<{ key: string }>(app, 'SELECT storage_key AS key FROM imports WHERE id = $1', [
      id,
    ])) as [{ key: string }];
    truncateSync(join(app.dataDir, 'uploads', key), 60);
    await app.startWorker();
    expect(await ended(app, id)).toMatchObject({ state: 'failed' });
  });

  it('is in no log, no metric, no problem, no job, no trace and not in the log of PostgreSQL', async () => {
    const [worker] = app.workers;
    const metrics = await Promise.all(
      [app.url, worker!.url].map(async (url) => (await fetch(`${url}/metrics`)).text()),
    );
    redisSeen.push(await redisContent());
    await eventually('traces are sent', () => collector.spans.some(({ name }) => name === 'import.chunk'));
    const postgres = readFileSync(join(inject('servicesFolder'), 'logs', 'postgres.log'), 'utf8');
    expect(postgres).toContain('no_canary');
    const seen = {
      log: app.log(),
      metrics: metrics.join('\n'),
      problems: problems.join('\n'),
      redis: redisSeen.join('\n'),
      traces: collector.received().toString('latin1'),
      postgres,
    };
    expect(problems).toHaveLength(9);
    for (const [where, text] of Object.entries(seen)) {
      const lines = text.replaceAll('no_canary', '').split('\n');
      expect([where, lines.length > 1, lines.filter((line) => CANARY.test(line))]).toEqual([where, true, []]);
    }
  });
});

describe('deleting the file and the orders of an import', () => {
  const deleted = (id: string, what: string) => fetch(`${app.api}/imports/${id}/${what}`, { method: 'DELETE' });

  it('waits until the import is over, and knows no other import', async () => {
    const [worker] = app.workers;
    worker!.process.kill('SIGTERM');
    await worker!.ended;
    const { id } = await accepted(upload(app, canaries([61])));
    const refused = await deleted(id, 'file');
    expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'imports.action-not-allowed' }]);
    expect((await deleted('01890a5d-ac96-774b-bcce-b302099a8057', 'file')).status).toBe(404);
    await app.startWorker();
    ids.push(id);
    await ended(app, id);
  });

  it('leaves nothing of what customers are called in any table or in the storage, and may be repeated', async () => {
    expect(CANARY.test(await everyTable())).toBe(true);
    for (const id of ids) {
      const { counts } = await getImport(app, id);
      for (const _ of [1, 2]) expect((await deleted(id, 'file')).status).toBe(204);
      const rejects = await get(app, `/imports/${id}/rejects.csv`);
      expect([rejects.status, await rejects.json()]).toMatchObject([410, { code: 'imports.file-removed' }]);
      expect((await get(app, `/imports/${id}/rejects`)).status).toBe(200);
      expect((await getImport(app, id)).counts).toEqual(counts);
      expect((await deleted(id, 'orders')).status).toBe(202);
    }
    for (const id of ids)
      await eventually('it is undone', async () => (await getImport(app, id)).undo?.finishedAt, 60_000);
    expect((await everyTable()).split('\n').filter((row) => CANARY.test(row))).toEqual([]);
    const files = readdirSync(app.dataDir, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    expect(files.map(({ name }) => name)).toEqual([]);
  });
});

/** Every row of every table, as text. */
async function everyTable(): Promise<string> {
  const tables = await sql<{ name: string }>(
    app,
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) => sql<{ row: string }>(app, `SELECT t::text AS row FROM ${name} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

/** All keys of the service's Redis with what they hold. */
async function redisContent(): Promise<string> {
  const redis = new Redis(app.redisUrl);
  try {
    const keys = await redis.keys('*');
    const contents = await Promise.all(keys.map(async (key) => JSON.stringify([key, await contentOf(redis, key)])));
    return contents.join('\n');
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<unknown> {
  const read: Record<string, () => Promise<unknown>> = {
    string: () => redis.get(key),
    hash: () => redis.hgetall(key),
    list: () => redis.lrange(key, 0, -1),
    set: () => redis.smembers(key),
    zset: () => redis.zrange(key, 0, -1),
    stream: () => redis.xrange(key, '-', '+'),
  };
  return read[await redis.type(key)]?.();
}
