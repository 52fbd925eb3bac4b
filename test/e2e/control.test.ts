import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { linesAbout, startApp, type App, type Role } from '../support/app.js';
import { accepted, act, ended, getImport, importOf, json, sql, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectOracle } from '../support/oracle.js';
import { fileOf, generated, record, type GeneratedFile } from '../support/order-files.js';

const ACTIONS = ['cancel', 'pause', 'resume', 'retry'] as const;
/** What may be done in each state, and the state that it leads to. */
const ALLOWED: Record<string, Partial<Record<(typeof ACTIONS)[number], string>>> = {
  queued: { cancel: 'cancelled', pause: 'paused' },
  running: { cancel: 'cancelled', pause: 'paused' },
  paused: { cancel: 'cancelled', resume: 'queued' },
  completed: {},
  failed: { retry: 'queued' },
  cancelled: {},
};
const STATES = Object.keys(ALLOWED);

let app: App;
beforeAll(async () => {
  app = await startApp({
    workers: 0,
    env: { IMPORT_LEASE_MS: '1000', IMPORT_SWEEP_MS: '200', IMPORT_CHUNK_RECORDS: '500', IMPORT_SLOTS: '1' },
  });
});
afterAll(() => app?.stop());
afterEach(() => Promise.all([...app.workers].map(stop)));

async function stop(worker: Role): Promise<void> {
  worker.process.kill('SIGTERM');
  await worker.ended;
}

const start = async (content: BodyInit): Promise<string> => (await accepted(upload(app, content))).id;

/** Takes an action that the import's state allows. */
async function done(id: string, action: string): Promise<Import> {
  const answer = await act(app, id, action);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return json(answer);
}

/** A generated file of which a tenth or more is stored, by a worker that is still at it. */
async function begun(seed: number): Promise<{ id: string; file: GeneratedFile; worker: Role }> {
  const file = await generated({ rows: 40_000, seed, firstId: seed * 1_000_000, duplicates: 0.02 });
  const worker = await app.startWorker();
  const id = await start(file.content);
  await eventually(`import ${id} is under way`, async () => {
    const found = await getImport(app, id);
    if (found.finishedAt) throw new Error(`The import ended too early: ${JSON.stringify(found)}`);
    return found.progress.percent >= 10;
  });
  return { id, file, worker };
}

interface Ledger {
  state: string;
  bytes: number;
  stored: number;
  rejected: number;
}

/** Where an import is by its ledger, and what is stored of it. */
async function ledgerOf(id: string): Promise<Ledger> {
  const [row] = await sql<Ledger>(
    app,
    `SELECT i.state, s.next_byte::int AS bytes,
       (SELECT count(*)::int FROM orders WHERE import_id = i.id) AS stored,
       (SELECT count(*)::int FROM rejects WHERE import_id = i.id AND outcome <> 'invalid') AS rejected
     FROM imports i JOIN segments s ON s.import_id = i.id WHERE i.id = $1`,
    [id],
  );
  return row!;
}

const halted = (worker: Role, id: string): Promise<unknown> =>
  eventually(
    'the worker stops',
    () => linesAbout(worker.log(), { 'labels.import_id': id, message: 'import halted' })[0],
  );

/** Waits until the status tells what is stored. */
const settled = (id: string, { bytes, stored, rejected }: Ledger): Promise<Import> =>
  eventually('the status tells what is stored', async () => {
    const found = await getImport(app, id);
    const { valid, invalid, duplicate, malformed } = found.counts;
    return (
      found.progress.bytesRead === bytes && valid + invalid === stored && duplicate + malformed === rejected && found
    );
  });

describe('an import that is paused', () => {
  it('stops within one chunk, keeps its counts, and goes on there when it is resumed', async () => {
    const { id, file, worker } = await begun(1);
    expect(await done(id, 'pause')).toMatchObject({ state: 'paused', finishedAt: null });
    // What was not committed when the answer came never is.
    const paused = await ledgerOf(id);
    expect(paused).toMatchObject({ state: 'paused' });
    await halted(worker, id);
    const status = await settled(id, paused);
    expect(status).toMatchObject({ state: 'paused', progress: { recordsPerSecond: null, etaSeconds: null } });
    // The worker is free for others, and passes over it.
    expect(await importOf(app, fileOf(record(900_000_001)))).toMatchObject({ state: 'completed' });
    expect(await ledgerOf(id)).toEqual(paused);
    expect(await getImport(app, id)).toEqual(status);

    expect(await done(id, 'resume')).toMatchObject({ state: 'queued', startedAt: status.startedAt });
    await expectOracle(app, await ended(app, id), file);
    const takenUp = linesAbout(worker.log(), { 'labels.import_id': id, message: 'segment taken up' });
    expect(takenUp.map((line) => line['import.from_byte'])).toEqual([expect.any(Number), paused.bytes]);
  });

  it('again and again comes to the same', async () => {
    const { id, file } = await begun(2);
    for (let round = 0; round < 5; round++) {
      expect((await done(id, 'pause')).state).toBe('paused');
      expect((await done(id, 'resume')).state).toBe('queued');
    }
    await expectOracle(app, await ended(app, id), file);
  });

  it('before a worker has it waits until it is resumed', async () => {
    const id = await start(fileOf(record(900_000_002)));
    await done(id, 'pause');
    await app.startWorker();
    expect(await importOf(app, fileOf(record(900_000_003)))).toMatchObject({ state: 'completed' });
    expect(await getImport(app, id)).toMatchObject({ state: 'paused', startedAt: null, counts: { read: 0 } });
    await done(id, 'resume');
    expect(await ended(app, id)).toMatchObject({ state: 'completed', counts: { valid: 1 } });
  });

  it('by many at once is paused by one of them', async () => {
    const id = await start(fileOf(record(900_000_004)));
    const answers = await Promise.all(Array.from({ length: 8 }, () => act(app, id, 'pause')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    await done(id, 'cancel');
  });
});

describe('an import that is cancelled', () => {
  it('keeps what is stored, and tells exactly that', async () => {
    const { id, worker } = await begun(3);
    const cancelled = await done(id, 'cancel');
    expect(cancelled).toMatchObject({ state: 'cancelled', failure: null });
    expect(cancelled.finishedAt).not.toBeNull();
    const kept = await ledgerOf(id);
    expect(kept.stored).toBeGreaterThan(0);
    await halted(worker, id);
    const status = await settled(id, kept);
    expect(await importOf(app, fileOf(record(900_000_005)))).toMatchObject({ state: 'completed' });
    expect(await ledgerOf(id)).toEqual(kept);
    expect(await getImport(app, id)).toEqual(status);
  });

  it('before a worker has it, or while it is paused, stores nothing', async () => {
    const [queued, paused] = [await start(fileOf(record(900_000_006))), await start(fileOf(record(900_000_007)))];
    await done(paused, 'pause');
    for (const id of [queued, paused]) await done(id, 'cancel');
    await app.startWorker();
    await importOf(app, fileOf(record(900_000_008)));
    for (const id of [queued, paused]) {
      expect(await getImport(app, id)).toMatchObject({ state: 'cancelled', counts: { read: 0 } });
      expect(await ledgerOf(id)).toMatchObject({ stored: 0 });
    }
  });
});

/** The path of an import's stored file. */
async function storedFile(id: string): Promise<string> {
  const [row] = await sql<{ storage_key: string }>(app, 'SELECT storage_key FROM imports WHERE id = $1', [id]);
  return join(app.dataDir, 'uploads', row!.storage_key);
}

describe('an import that failed', () => {
  it('goes on at its checkpoint when it is retried', async () => {
    const { id, file, worker } = await begun(4);
    await stop(worker);
    // As a worker leaves it for which the storage was away.
    await sql(
      app,
      `UPDATE imports SET state = 'failed', revision = revision + 1, finished_at = clock_timestamp(),
         failure = '{"code": "storage.object-gone", "params": {}}' WHERE id = $1`,
      [id],
    );
    const failed = await ledgerOf(id);
    const next = await app.startWorker();
    await eventually('the status tells it', async () => (await getImport(app, id)).failure);
    expect(await settled(id, failed)).toMatchObject({ state: 'failed' });

    expect(await done(id, 'retry')).toMatchObject({ state: 'queued', failure: null, finishedAt: null });
    await expectOracle(app, await ended(app, id), file);
    expect(linesAbout(next.log(), { 'labels.import_id': id, message: 'segment taken up' })).toMatchObject([
      { 'import.from_byte': failed.bytes },
    ]);
  });

  it('for want of its file is taken up at once by the same worker when the file is back', async () => {
    const id = await start(fileOf(record(900_000_009)));
    const path = await storedFile(id);
    await rename(path, `${path}.away`);
    // A lease that nobody would wait for.
    await app.startWorker({ IMPORT_LEASE_MS: '600000' });
    expect(await ended(app, id)).toMatchObject({ state: 'failed', failure: { code: 'storage.object-gone' } });
    await rename(`${path}.away`, path);
    await done(id, 'retry');
    expect(await ended(app, id, 10_000)).toMatchObject({ state: 'completed', failure: null, counts: { valid: 1 } });
  });

  it('for too many claims in a row gets all of them again', async () => {
    const id = await start(fileOf(record(900_000_010)));
    await sql(app, 'UPDATE segments SET fruitless_claims = 5 WHERE import_id = $1', [id]);
    await app.startWorker();
    expect(await ended(app, id)).toMatchObject({ state: 'failed', failure: { code: 'imports.stuck' } });
    await done(id, 'retry');
    expect(await ended(app, id)).toMatchObject({ state: 'completed', failure: null, counts: { valid: 1 } });
  });
});

describe('an action', () => {
  let id: string;
  beforeAll(async () => {
    id = await start(fileOf(record(900_000_011)));
  });
  const setState = (state: string): Promise<unknown> =>
    sql(app, 'UPDATE imports SET state = $2 WHERE id = $1', [id, state]);
  // Or the next worker would take it up.
  afterEach(() => setState('cancelled'));

  const cases = STATES.flatMap((state) => ACTIONS.map((action) => ({ state, action, to: ALLOWED[state]![action] })));

  it.each(cases.filter(({ to }) => to))('$action of an import that is $state makes it $to', async (each) => {
    await setState(each.state);
    expect((await done(id, each.action)).state).toBe(each.to);
    expect(await ledgerOf(id)).toMatchObject({ state: each.to });
  });

  it.each(cases.filter(({ to }) => !to))(
    '$action of an import that is $state is refused',
    async ({ state, action }) => {
      await setState(state);
      const [before] = await sql(app, 'SELECT * FROM imports WHERE id = $1', [id]);
      const details = new Set<string>();
      for (const lang of ['en', 'pt-BR', 'es']) {
        const answer = await act(app, id, action, `?lang=${lang}`);
        expect(answer.status).toBe(409);
        expect(answer.headers.get('content-language')).toBe(lang);
        const problem = await json<Problem>(answer);
        expect(problem).toMatchObject({ status: 409, code: 'imports.action-not-allowed' });
        expect(problem.detail).toContain(state);
        details.add(problem.detail!);
      }
      expect(details.size).toBe(3);
      expect(await sql(app, 'SELECT * FROM imports WHERE id = $1', [id])).toEqual([before]);
    },
  );

  it.each(ACTIONS)('%s of an import that does not exist, or of no id, is refused', async (action) => {
    const unknown = await act(app, '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11', action);
    expect(unknown.status).toBe(404);
    expect(await json(unknown)).toMatchObject({ code: 'imports.unknown-import' });
    expect((await act(app, '1', action)).status).toBe(400);
    expect((await act(app, id, action, '?force=true')).status).toBe(400);
  });
});
