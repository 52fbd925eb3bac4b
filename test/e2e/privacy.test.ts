import { Redis } from 'ioredis';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, get, getImport, sql, upload, uploadForm } from '../support/client.js';
import { startCollector, type Collector } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { fileOf, HEADER, record } from '../support/order-files.js';
import { s3Place } from '../integration/storage/places.js';

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

const envOf = (traces: Collector): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
  IMPORT_SWEEP_MS: '200',
  LOG_LEVEL: 'debug',
});
beforeAll(async () => {
  collector = await startCollector();
  app = await startApp({ env: envOf(collector) });
});
afterAll(async () => {
  await app.stop();
  collector.close();
});

const done = async (answer: Promise<Response>): Promise<string> => {
  const { id } = await accepted(answer);
  ids.push(id);
  redisSeen.push(await redisContent(app));
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
    redisSeen.push(await redisContent(app));
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
    redisSeen.push(await redisContent(app));
    await eventually('traces are sent', () => collector.spans.some(({ name }) => name === 'import.chunk'));
    const postgres = readFileSync(join(inject('servicesFolder'), 'logs', 'postgres.log'), 'utf8');
    expect(postgres).toContain('no_canary');
    const seen = {
      log: app.log(),
      metrics: await metricsOf(app),
      problems: problems.join('\n'),
      redis: redisSeen.join('\n'),
      traces: collector.received().toString('latin1'),
      postgres,
    };
    expect(problems).toHaveLength(9);
    expect(canariesIn(seen)).toEqual([]);
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

describe('what customers are called, live and mail from, with files in S3', () => {
  /** How the S3 server answers what is asked of an object, in place of doing it. */
  let refusal: { method: string; status: number; code: string } | undefined;
  let s3: Awaited<ReturnType<typeof s3Place>>;
  let traces: Collector;
  let inS3: App;
  const seen: string[] = [];
  beforeAll(async () => {
    traces = await startCollector();
    s3 = await s3Place();
    inS3 = await startApp({ env: { ...envOf(traces), STORAGE_URL: s3.url } });
    s3.intercept(({ method }, answer) => {
      if (!refusal || refusal.method !== method) return false;
      answer.writeHead(refusal.status).end(`<Error><Code>${refusal.code}</Code><Message>refused</Message></Error>`);
      return true;
    });
  });
  afterAll(async () => {
    await inS3?.stop();
    await s3?.close();
    traces?.close();
  });
  const refused = async (answer: Promise<Response>): Promise<number> => {
    seen.push(await (await answer).text());
    return (await answer).status;
  };

  it('goes through imports and refusals', async () => {
    const { id } = await accepted(uploadForm(inS3, everyKind(1), 'canary-of-namequx.csv'));
    expect(await ended(inS3, id)).toMatchObject({ state: 'completed' });
    const key = { 'idempotency-key': CUSTOMER.email };
    expect((await upload(inS3, canaries([11]), '', key)).status).toBe(202);
    expect(await refused(upload(inS3, canaries([12]), '', key))).toBe(422);
    expect(await refused(upload(inS3, `canary|${CUSTOMER.email}|${CUSTOMER.name}\n`))).toBe(422);
    expect((await s3.contents()).filter((name) => CANARY.test(name))).toEqual([]);
  });

  it('goes through a bucket that is full, one that may not be written, and one that may not be read', async () => {
    refusal = { method: 'PUT', status: 507, code: 'InsufficientStorage' };
    expect(await refused(uploadForm(inS3, canaries([21]), 'canary-of-namequx.csv'))).toBe(507);
    refusal = { method: 'PUT', status: 403, code: 'AccessDenied' };
    expect(await refused(upload(inS3, canaries([22])))).toBe(500);
    refusal = { method: 'GET', status: 403, code: 'AccessDenied' };
    const { id } = await accepted(uploadForm(inS3, canaries([23]), 'canary-of-namequx.csv'));
    await eventually('it cannot be read', () => inS3.log().includes('segment stopped'));
    seen.push(await redisContent(inS3));
    refusal = undefined;
    expect(await ended(inS3, id)).toMatchObject({ state: 'completed' });
    expect(inS3.log()).toContain('AccessDenied');
  });

  it('goes through an object that is gone', async () => {
    refusal = { method: 'GET', status: 404, code: 'NoSuchKey' };
    const { id } = await accepted(uploadForm(inS3, canaries([31]), 'canary-of-namequx.csv'));
    expect(await ended(inS3, id)).toMatchObject({ state: 'failed', failure: { code: 'storage.object-gone' } });
  });

  it('is in no log, no metric, no problem, no job and no trace', async () => {
    await eventually('traces are sent', () => traces.spans.some(({ name }) => name === 'import.chunk'));
    const found = canariesIn({
      log: inS3.log(),
      metrics: await metricsOf(inS3),
      problemsAndJobs: [...seen, await redisContent(inS3)].join('\n'),
      traces: traces.received().toString('latin1'),
    });
    expect(found).toEqual([]);
  });
});

/** The lines that name a customer in texts, with where these are from; a text that is empty proves nothing. */
const canariesIn = (seen: Readonly<Record<string, string>>): string[] =>
  Object.entries(seen).flatMap(([where, text]) => {
    const lines = text.replaceAll('no_canary', '').split('\n');
    const found = lines.filter((line) => CANARY.test(line)).map((line) => `${where}: ${line}`);
    return lines.length > 1 ? found : [`${where}: nothing`];
  });

/** What an API and a worker tell Prometheus. */
async function metricsOf({ url, workers }: App): Promise<string> {
  const [worker] = workers;
  const texts = [url, worker!.url].map(async (each) => (await fetch(`${each}/metrics`)).text());
  return (await Promise.all(texts)).join('\n');
}

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
async function redisContent({ redisUrl }: App): Promise<string> {
  const redis = new Redis(redisUrl);
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
