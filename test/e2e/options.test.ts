import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App, type Role } from '../support/app.js';
import {
  accepted,
  act,
  ended,
  exported,
  get,
  getImport,
  importOf,
  json,
  rejectsOf,
  sql,
  upload,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { expectOracle } from '../support/oracle.js';
import { fileOf, generated, record } from '../support/order-files.js';

let app: App;
let worker: Role;
beforeAll(async () => {
  // Several segments and many chunks, also of small files.
  const env = { IMPORT_SEGMENT_BYTES: '20000', IMPORT_CHUNK_RECORDS: '100', IMPORT_SWEEP_MS: '200', IMPORT_SLOTS: '2' };
  app = await startApp({ workers: 1, env });
  [worker] = app.workers as unknown as [Role];
});
afterAll(() => app?.stop());

const orderOf = (id: number): Promise<Order> => json(get(app, `/orders/${id}`));
const ordersOf = ({ id }: Import): Promise<Order[]> => Array.fromAsync(exported(app, `?importId=${id}`));
const undo = (id: string): Promise<Response> => fetch(`${app.api}/imports/${id}/orders`, { method: 'DELETE' });
const undone = (id: string): Promise<Import> =>
  eventually('the orders are removed', async () => {
    const found = await getImport(app, id);
    return Boolean(found.undo?.finishedAt) && found;
  });
const countOf = async (table: string, { id }: Import): Promise<number> =>
  (await sql<{ n: number }>(app, `SELECT count(*)::int AS n FROM ${table} WHERE import_id = $1`, [id]))[0]!.n;

describe('replace-invalid', () => {
  it('lets a corrected file in, and leaves what was right as it was', async () => {
    const first = await importOf(app, fileOf(record(1, { state: 'PA' }), record(2), record(3, { state: 'NJ' })));
    expect(first.counts).toMatchObject({ valid: 1, invalid: 2 });
    const rejects = await rejectsOf(app, first.id);
    const corrected = fileOf(
      record(1, { name: 'Corrected' }),
      record(2, { name: 'Other' }),
      record(3, { state: 'CT' }),
    );
    const second = await importOf(app, corrected, '?onDuplicate=replace-invalid');
    expect(second.options.onDuplicate).toBe('replace-invalid');
    expect(second.counts).toMatchObject({ read: 3, valid: 1, invalid: 1, duplicate: 1 });
    expect(await orderOf(1)).toMatchObject({ name: 'Corrected', valid: true, importId: second.id });
    expect(await orderOf(2)).toMatchObject({ name: 'Customer 2', importId: first.id });
    expect(await orderOf(3)).toMatchObject({ state: 'CT', valid: false, importId: second.id });
    expect((await getImport(app, first.id)).counts).toEqual(first.counts);
    expect(rejects.map(({ outcome, record: number }) => [outcome, number])).toEqual([
      ['invalid', 1],
      ['invalid', 3],
    ]);
    expect(await rejectsOf(app, first.id)).toEqual(rejects);
  });

  it('keeps the first of one file, valid or not', async () => {
    const done = await importOf(
      app,
      fileOf(record(11, { state: 'PA' }), record(12), record(11)),
      '?onDuplicate=replace-invalid',
    );
    expect(done.counts).toMatchObject({ valid: 1, invalid: 1, duplicate: 1 });
    expect(await orderOf(11)).toMatchObject({ state: 'PA', record: 1 });
  });
});

describe('reassign-id', () => {
  it('stores every order, the later ones under new ids with the ids they came with', async () => {
    await importOf(app, fileOf(record(21, { name: 'Before' })));
    const records = [record(21), record(22), record(22, { state: 'PA' }), record(23)];
    const done = await importOf(app, fileOf(...records), '?onDuplicate=reassign-id');
    expect(done.counts).toMatchObject({ read: 4, valid: 3, invalid: 1, duplicate: 0 });
    const stored = (await ordersOf(done)).toSorted((a, b) => a.record - b.record);
    expect(stored.map(({ originalId, record: number, valid }) => [number, originalId, valid])).toEqual([
      [1, 21, true],
      [2, null, true],
      [3, 22, false],
      [4, null, true],
    ]);
    expect(stored.filter(({ originalId }) => originalId !== null).every(({ id }) => id > 2 ** 52)).toBe(true);
    expect(new Set(stored.map(({ id }) => id)).size).toBe(4);
    expect(await orderOf(21)).toMatchObject({ name: 'Before', originalId: null });
  });

  it('comes to the same in a file of many segments, whichever is stored first', async () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => 30_001 + (index % 400));
    const done = await importOf(app, fileOf(...ids.map((id) => record(id))), '?onDuplicate=reassign-id');
    expect(done.counts).toMatchObject({ read: 2_000, valid: 2_000, duplicate: 0 });
    const stored = (await ordersOf(done)).toSorted((a, b) => a.record - b.record);
    expect(stored.map(({ id, originalId }) => originalId ?? id)).toEqual(ids);
    expect(stored.filter(({ originalId }) => originalId === null).map(({ record: number }) => number)).toEqual(
      Array.from({ length: 400 }, (_, index) => index + 1),
    );
  });
});

describe('a dry run', () => {
  it('tells what an import would come to and stores nothing; started, it comes to that', async () => {
    const file = await generated({ rows: 3_000, seed: 9, firstId: 100_001, duplicates: 0.1, same: 0.2 });
    const dry = await importOf(app, file.content, '?dryRun=true');
    const { valid, invalid, duplicate, malformed, violations } = file.oracle;
    expect(dry).toMatchObject({ state: 'completed', options: { dryRun: true }, violations });
    expect(dry.counts).toMatchObject({ valid, invalid, duplicate, malformed });
    expect(dry.message).toBe('The dry run is complete; nothing was stored.');
    expect(await countOf('orders', dry)).toBe(0);
    expect(await rejectsOf(app, dry.id)).toHaveLength(invalid + duplicate + malformed);

    const answer = await act(app, dry.id, 'start');
    expect(answer.status).toBe(202);
    expect(await json<Import>(answer)).toMatchObject({ options: { dryRun: false }, finishedAt: null });
    await expectOracle(app, await ended(app, dry.id), file);
    expect(await countOf('trial_orders', dry)).toBe(0);
  });

  it('knows the orders that are stored', async () => {
    await importOf(app, fileOf(record(41), record(42, { state: 'PA' })));
    const file = fileOf(record(41), record(42), record(43));
    expect((await importOf(app, file, '?dryRun=true')).counts).toMatchObject({ valid: 1, duplicate: 2 });
    expect((await importOf(app, file, '?dryRun=true&onDuplicate=replace-invalid')).counts).toMatchObject({
      valid: 2,
      duplicate: 1,
    });
    expect((await importOf(app, file, '?dryRun=true&onDuplicate=reassign-id')).counts).toMatchObject({ valid: 3 });
    expect(await orderOf(42)).toMatchObject({ valid: false });
  });

  it('is the only thing that can be started', async () => {
    const done = await importOf(app, fileOf(record(51)));
    const answer = await act(app, done.id, 'start');
    expect([answer.status, (await json<Problem>(answer)).code]).toEqual([409, 'imports.not-a-dry-run']);
    const dry = await importOf(app, fileOf(record(52)), '?dryRun=true');
    expect((await act(app, dry.id, 'start')).status).toBe(202);
    await ended(app, dry.id);
    expect((await act(app, dry.id, 'start')).status).toBe(409);
  });
});

describe('maxRejects', () => {
  it('lets an import with as many rejects complete', async () => {
    const file = fileOf(record(61, { state: 'PA' }), record(62), 'x|y');
    expect(await importOf(app, file, '?maxRejects=2')).toMatchObject({
      state: 'completed',
      options: { maxRejects: 2 },
    });
  });

  it('fails one with more, says how many, and keeps what was stored before', async () => {
    const good = Array.from({ length: 300 }, (_, index) => record(70_001 + index));
    const bad = Array.from({ length: 150 }, (_, index) => record(71_001 + index, { birthday: 'never' }));
    const done = await importOf(app, fileOf(...good, ...bad), '?maxRejects=20');
    expect(done.state).toBe('failed');
    expect(done.failure).toMatchObject({ code: 'imports.too-many-rejects', params: { limit: 20 } });
    const { rejects } = done.failure!.params as { rejects: number };
    expect(rejects).toBeGreaterThan(20);
    expect(done.failure!.message).toContain(`${rejects} records are not valid; at most 20 were allowed.`);
    expect(await countOf('orders', done)).toBe(done.counts.valid);
  });

  it('does not matter where the first thousand records are all malformed, in however many chunks', async () => {
    const bad = Array.from({ length: 1_000 }, (_, index) => `x${index}`);
    const done = await importOf(app, fileOf(...bad, record(72_001)), '?maxRejects=1000');
    expect(done).toMatchObject({
      state: 'failed',
      counts: { read: 1_000 },
      failure: { code: 'imports.all-malformed' },
    });
    await act(app, done.id, 'retry');
    expect(await ended(app, done.id)).toMatchObject({ state: 'completed', counts: { read: 1_001, valid: 1 } });
  });

  it.each(['-1', 'many', '1.5', '99999999999'])('cannot be %s', async (value) => {
    const answer = await upload(app, fileOf(record(1)), `?maxRejects=${value}`);
    expect(answer.status).toBe(400);
    expect((await json<Problem>(answer)).errors).toMatchObject([{ field: 'maxRejects' }]);
  });
});

describe('undo', () => {
  it('removes the orders of an import, all of them and no others', async () => {
    const kept = await importOf(app, fileOf(record(90_000)));
    const file = await generated({ rows: 2_000, seed: 12, firstId: 90_001 });
    const done = await importOf(app, file.content);
    const stored = done.counts.valid + done.counts.invalid;
    const rejects = await rejectsOf(app, done.id);
    expect(rejects).toHaveLength(2_000 - done.counts.valid);
    const answer = await undo(done.id);
    expect(answer.status).toBe(202);
    expect(await json<Import>(answer)).toMatchObject({
      state: 'cancelled',
      undo: { requestedAt: expect.any(String) as string },
    });
    expect(await undone(done.id)).toMatchObject({
      state: 'cancelled',
      message: `The import was undone: ${stored.toLocaleString('en')} orders that it stored were removed.`,
      undo: { ordersRemoved: stored },
      counts: done.counts,
    });
    expect(await countOf('orders', done)).toBe(0);
    expect(await countOf('orders', kept)).toBe(1);
    // But for who has the ids of the duplicates: nobody does any more.
    expect(await rejectsOf(app, done.id)).toEqual(rejects.map((reject) => ({ ...reject, winner: null })));
    await expectOracle(app, await importOf(app, file.content), file);
  });

  it('changes nothing when it is asked for again, and closes the import for good', async () => {
    const done = await importOf(app, fileOf(record(95_001)));
    await undo(done.id);
    const before = await undone(done.id);
    expect((await undo(done.id)).status).toBe(202);
    expect(await getImport(app, done.id)).toEqual(before);
    for (const action of ['retry', 'resume', 'start']) expect((await act(app, done.id, action)).status).toBe(409);
  });

  it('is refused while the import is not over, naming its state', async () => {
    worker.process.kill('SIGSTOP');
    try {
      const { id } = await accepted(upload(app, fileOf(record(96_001))));
      const answer = await undo(id);
      expect(answer.status).toBe(409);
      expect(await json<Problem>(answer)).toMatchObject({
        code: 'imports.action-not-allowed',
        detail: 'undo cannot be done to an import that is queued.',
      });
    } finally {
      worker.process.kill('SIGCONT');
    }
  });

  it('goes on where a worker was killed', async () => {
    const done = await importOf(app, (await generated({ rows: 6_000, seed: 13, firstId: 200_001 })).content);
    await undo(done.id);
    await eventually('some are removed', async () => (await countOf('orders', done)) < done.counts.valid);
    worker.process.kill('SIGKILL');
    await worker.ended;
    worker = await app.startWorker();
    expect(await undone(done.id)).toMatchObject({ undo: { ordersRemoved: done.counts.valid + done.counts.invalid } });
    expect(await countOf('orders', done)).toBe(0);
  });

  it('of an unknown import is 404', async () => {
    expect((await undo('01890a5d-ac96-774b-bcce-b302099a8057')).status).toBe(404);
  });
});
