import { Redis } from 'ioredis';
import { appendFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import { linesAbout, startApp, type App, type Role } from '../support/app.js';
import { accepted, digestOf, ended, getImport, get, importOf, json, sql, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectOracle } from '../support/oracle.js';
import { fileOf, generated, record, type GeneratedFile } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  app = await startApp({
    workers: 0,
    // Each file is one segment: where each worker begins is to be seen.
    env: {
      IMPORT_LEASE_MS: '1000',
      IMPORT_SWEEP_MS: '200',
      IMPORT_CHUNK_RECORDS: '2000',
      IMPORT_SEGMENT_BYTES: '100000000',
    },
  });
});
afterAll(() => app?.stop());
afterEach(() => Promise.all([...app.workers].map(stop)));

async function stop(worker: Role): Promise<void> {
  worker.process.kill('SIGCONT');
  worker.process.kill('SIGTERM');
  await worker.ended;
}

const start = async (file: GeneratedFile): Promise<string> => (await accepted(upload(app, file.content))).id;

/** Waits until so much of an import is durably done. */
const reached = (id: string, share: number): Promise<Import> =>
  eventually(`import ${id} is at ${share}`, async () => {
    const found = await getImport(app, id);
    if (found.finishedAt) throw new Error(`The import ended too early to be disturbed: ${JSON.stringify(found)}`);
    return found.progress.percent >= share * 100 && found;
  });

/** What a worker logged when it took up an import, once for each time. */
const runsOf = (worker: Role, id: string) =>
  linesAbout(worker.log(), { 'labels.import_id': id, message: 'segment taken up' });

describe('a worker that is killed', () => {
  it('three times in one import loses no record and doubles none', async () => {
    const file = await generated({ rows: 200_000, seed: 51, duplicates: 0.02 });
    const id = await start(file);
    const checkpoints: number[] = [];
    for (const share of [0.15, 0.4, 0.65]) {
      const worker = await app.startWorker();
      checkpoints.push((await reached(id, share)).progress.bytesRead);
      worker.process.kill('SIGKILL');
      expect(await worker.ended).toBe('SIGKILL');
    }
    await app.startWorker();
    await expectOracle(app, await ended(app, id), file);
    const takenUp = linesAbout(app.log(), { 'labels.import_id': id, message: 'segment taken up' }).map((line) =>
      Number(line['import.from_byte']),
    );
    expect(takenUp).toHaveLength(4);
    for (const [at, bytes] of checkpoints.entries()) expect(takenUp[at + 1]).toBeGreaterThanOrEqual(bytes);
  });

  it('leaves an import that fails, and names the place, when it dies there again and again', async () => {
    const { id } = await accepted(upload(app, fileOf(record(300_001))));
    // As five workers leave it that died before they could commit anything.
    await sql(app, 'UPDATE segments SET fruitless_claims = 5 WHERE import_id = $1', [id]);
    await app.startWorker();
    const failed = await ended(app, id);
    expect(failed).toMatchObject({
      state: 'failed',
      failure: { code: 'imports.stuck', params: { claims: 5, record: 1, fromByte: 37 } },
    });
    expect(failed.failure!.message).toContain('5 attempts at record 1');
  });
});

describe('a worker that is told to end', () => {
  it('ends with 0 within ten seconds in the middle of an import, and another goes on at once', async () => {
    const file = await generated({ rows: 60_000, seed: 52, firstId: 400_001 });
    // A lease that nobody would wait for: it must be given back.
    const env = { IMPORT_LEASE_MS: '600000', IMPORT_CHUNK_RECORDS: '500' };
    const workers = await Promise.all([app.startWorker(env), app.startWorker(env)]);
    const id = await start(file);
    const { progress } = await reached(id, 0.1);
    const [told, other] = workers.toSorted((a, b) => runsOf(b, id).length - runsOf(a, id).length) as [Role, Role];
    const toldAt = Date.now();
    told.process.kill('SIGTERM');
    expect(await told.ended).toBe(0);
    expect(Date.now() - toldAt).toBeLessThan(10_000);
    const run = await eventually('the other worker goes on', () => runsOf(other, id)[0]);
    expect(run['import.from_byte']).toBeGreaterThanOrEqual(progress.bytesRead);
    await expectOracle(app, await ended(app, id), file);
    expect(linesAbout(told.log(), { 'labels.import_id': id, message: 'segment given back' })).toHaveLength(1);
  });

  it('without an import ends with 0 at once', async () => {
    const worker = await app.startWorker();
    worker.process.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  });
});

/** Stops a worker while it is in the middle of storing a chunk. */
const stopInTransaction = (worker: Role): Promise<unknown> =>
  eventually('the worker is stopped within a transaction', async () => {
    worker.process.kill('SIGSTOP');
    // What the server got before may still come to its end.
    for (let look = 0; look < 3; look++) {
      const [open] = await sql(
        app,
        `SELECT 1 FROM pg_stat_activity, pg_sleep(0.05) WHERE datname = current_database()
         AND application_name LIKE 'acme-orders-worker%' AND backend_xid IS NOT NULL`,
      );
      if (open && look === 2) return true;
      if (!open) break;
    }
    worker.process.kill('SIGCONT');
    return false;
  });

describe('a worker that stands still beyond its lease', () => {
  it('is replaced, doubles nothing when it goes on, and stays of use', async () => {
    const file = await generated({ rows: 200_000, seed: 53, firstId: 600_001 });
    const stopped = await app.startWorker();
    const id = await start(file);
    await reached(id, 0.1);
    await stopInTransaction(stopped);
    expect((await getImport(app, id)).state).toBe('running');
    const other = await app.startWorker();
    await expectOracle(app, await ended(app, id), file);
    await stop(other);

    stopped.process.kill('SIGCONT');
    await eventually('the first worker has noticed', () =>
      linesAbout(stopped.log(), { 'labels.import_id': id }).find((line) => line['log.level'] !== 'info'),
    );
    await expectOracle(app, await getImport(app, id), file);
    expect(await importOf(app, fileOf(record(1_700_001)))).toMatchObject({ state: 'completed', counts: { valid: 1 } });
    expect(app.workers).toEqual(new Set([stopped]));
  });
});

describe('a worker whose connections to the database are cut', () => {
  it('goes on with the import by itself', async () => {
    const file = await generated({ rows: 40_000, seed: 54, firstId: 800_001 });
    const worker = await app.startWorker();
    const id = await start(file);
    await reached(id, 0.1);
    await sql(
      app,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name LIKE 'acme-orders-worker%' AND datname = current_database()`,
    );
    await expectOracle(app, await ended(app, id), file);
    expect(app.workers).toEqual(new Set([worker]));
  });
});

describe('Redis that is away', () => {
  it('delays no answer, takes out no process, and every import completes', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    const alone = await startApp({ env: { REDIS_URL: `redis://127.0.0.1:${port}`, IMPORT_SWEEP_MS: '200' } });
    try {
      const sentAt = Date.now();
      const { id } = await accepted(upload(alone, fileOf(record(1), record(2, { state: 'PA' }))));
      expect(Date.now() - sentAt).toBeLessThan(5_000);
      expect(await ended(alone, id)).toMatchObject({ state: 'completed', counts: { valid: 1, invalid: 1 } });
      for (const { url } of [alone, ...alone.workers]) {
        const answer = await fetch(`${url}/health/ready`);
        expect(answer.status).toBe(200);
        expect(await json(answer)).toMatchObject({
          status: 'degraded',
          details: { database: { status: 'up' }, redis: { status: 'degraded' } },
        });
      }
      // Said, and not again with every try to reach it.
      const lines = alone.log().trimEnd().split('\n');
      expect(lines.filter((line) => !line.startsWith('{'))).toEqual([]);
      expect(lines.filter((line) => line.includes('the queue does not answer')).length).toBeLessThanOrEqual(4);
      const [worker] = alone.workers;
      worker!.process.kill('SIGTERM');
      expect(await worker!.ended).toBe(0);
    } finally {
      await alone.stop();
    }
  });

  it('and lost everything that was queued delays imports, and loses none', async () => {
    const ids = await Promise.all(
      [1_000_001, 1_000_002].map(async (id) => (await accepted(upload(app, fileOf(record(id))))).id),
    );
    const redis = new Redis(app.redisUrl);
    expect(await redis.dbsize()).toBeGreaterThan(0);
    await redis.flushdb();
    redis.disconnect();
    await app.startWorker();
    for (const id of ids) expect(await ended(app, id)).toMatchObject({ state: 'completed', counts: { valid: 1 } });
  });

  it('and comes back empty in the middle of an import stops nothing', async () => {
    const file = await generated({ rows: 40_000, seed: 55, firstId: 1_100_001 });
    await app.startWorker();
    const id = await start(file);
    await reached(id, 0.1);
    const redis = new Redis(app.redisUrl);
    await redis.flushdb();
    redis.disconnect();
    await expectOracle(app, await ended(app, id), file);
    // The next one is rung for again, or swept up.
    expect(await importOf(app, fileOf(record(1_200_001)))).toMatchObject({ state: 'completed' });
  });
});

describe('a status that fell behind the ledger', () => {
  it('is made right by the next sweep', async () => {
    await app.startWorker();
    const done = await importOf(app, fileOf(record(1_300_001), record(1_300_002, { state: 'PA' }), 'x'));
    await sql(
      app,
      `UPDATE import_status SET state = 'running', finished_at = NULL, bytes_read = 0, valid = 0, invalid = 0,
         malformed = 0, violations = '{}', malformations = '{}' WHERE import_id = $1`,
      [done.id],
    );
    expect(await getImport(app, done.id)).toMatchObject({ state: 'running', counts: { read: 0 } });
    expect(await ended(app, done.id, 20_000)).toEqual(done);
  });
});

describe('the stored file of a queued import', () => {
  const disturbances = [
    ['gone', 'storage.object-gone', (path: string) => rm(path)],
    ['longer', 'storage.object-changed', (path: string) => appendFile(path, `${record(1_400_009)}\n`)],
    ['another', 'storage.object-changed', (path: string) => writeFile(path, fileOf(record(1_400_008)))],
    ['touched', 'storage.object-changed', (path: string) => utimes(path, 1, 1)],
  ] as const;
  const imports: Import[] = [];

  beforeAll(async () => {
    const uploads = join(app.dataDir, 'uploads');
    for (const [, , disturb] of disturbances) {
      const { id } = await accepted(upload(app, fileOf(record(1_400_001), record(1_400_002))));
      const [row] = await sql<{ storage_key: string }>(app, 'SELECT storage_key FROM imports WHERE id = $1', [id]);
      await disturb(join(uploads, row!.storage_key));
      imports.push(await getImport(app, id));
    }
    await app.startWorker();
    for (const [at, { id }] of imports.entries()) imports[at] = await ended(app, id);
  });

  it.each(disturbances.map(([what, code], at) => ({ what, code, at })))(
    'that is $what fails the import by name and stores nothing',
    async ({ code, at }) => {
      const failed = imports[at]!;
      expect(failed).toMatchObject({ state: 'failed', failure: { code }, counts: { read: 0 } });
      expect(failed.finishedAt).not.toBeNull();
      expect(await digestOf(app, `?importId=${failed.id}`)).toMatchObject({ orders: 0 });
    },
  );

  it('is told of in the language of the request', async () => {
    const answers = ['en', 'pt-BR', 'es'].map((lang) =>
      json<Import>(get(app, `/imports/${imports[0]!.id}?lang=${lang}`)),
    );
    const messages = (await Promise.all(answers)).map(({ failure }) => failure!.message);
    expect(messages[0]).toBe('The stored file is no longer there.');
    expect(new Set(messages).size).toBe(3);
  });
});
