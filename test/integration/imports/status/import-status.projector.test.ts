import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ImportAdvanced,
  ImportCancelled,
  ImportCompleted,
  ImportFailed,
  ImportPaused,
  ImportQueuedAgain,
  DryRunStarted,
  OrdersRemoved,
  UndoRequested,
} from '../../../../src/imports/events.js';
import type { Totals } from '../../../../src/imports/segment.entity.js';
import { ImportStatusEntity } from '../../../../src/imports/status/import-status.entity.js';
import { ImportStatusProjector } from '../../../../src/imports/status/import-status.projector.js';
import { rebuildStaleStatus } from '../../../../src/imports/status/rebuild-status.js';
import { freshTables } from '../../../support/context.js';
import { addImport } from '../../../support/ledger.js';

const STARTED = new Date('2026-11-23T09:30:00.000Z');
const FINISHED = new Date('2026-11-23T09:31:00.000Z');
const PACE = { recordsPerSecond: 50_000, bytesPerSecond: 3_500_000 };

let database: DataSource;
let projector: ImportStatusProjector;
beforeAll(async () => {
  database = await freshTables();
  projector = new ImportStatusProjector(database);
});
afterAll(() => database?.destroy());

/** Totals that grow with how far an import is. */
const totalsAt = (records: number): Totals => ({
  valid: records,
  invalid: records + 1,
  duplicate: records + 2,
  malformed: records + 3,
  violations: { zipcode_sum: records },
  malformations: { 'text.nul': records },
});
const statusOf = (importId: string): Promise<ImportStatusEntity> =>
  database.manager.findOneByOrFail(ImportStatusEntity, { importId });
const FAILURE = { code: 'storage.object-gone', params: {} };
const advanced = (id: string, bytes: number, pace: typeof PACE | null = PACE, revision = 1) =>
  new ImportAdvanced(id, revision, STARTED, bytes, totalsAt(bytes / 10), pace, false);
const completed = (id: string) => new ImportCompleted(id, 2, STARTED, FINISHED, 1_000, totalsAt(100), false);
const failed = (id: string) => new ImportFailed(id, 2, FINISHED, FAILURE);

describe('the status of an import', () => {
  it('follows its events from the first chunk to the last', async () => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 100));
    const running = await statusOf(id);
    expect(running).toMatchObject({ state: 'running', startedAt: STARTED, finishedAt: null, bytesRead: 100, ...PACE });
    expect(running).toMatchObject(totalsAt(10));
    await projector.handle(completed(id));
    expect(await statusOf(id)).toMatchObject({
      state: 'completed',
      startedAt: STARTED,
      finishedAt: FINISHED,
      bytesRead: 1_000,
      recordsPerSecond: null,
      bytesPerSecond: null,
      ...totalsAt(100),
    });
  });

  it('has a fresh pace as long as somebody measures it', async () => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 100));
    expect(await statusOf(id)).toMatchObject({ ...PACE, isPaceFresh: true });
    const older = `UPDATE import_status SET paced_at = paced_at - interval '20 seconds' WHERE import_id = $1`;
    await database.query(older, [id]);
    // A worker took up a segment, and measured nothing yet.
    await projector.handle(advanced(id, 100, null));
    expect(await statusOf(id)).toMatchObject({ isPaceFresh: false });
    await projector.handle(advanced(id, 200));
    expect(await statusOf(id)).toMatchObject({ isPaceFresh: true });
  });

  it.each([
    ['an advance', (id: string) => advanced(id, 500)],
    ['a completion', completed],
    ['a failure', failed],
  ])('is changed by the repeat of %s as little as by its first', async (_what, eventOf) => {
    const id = await addImport(database);
    await projector.handle(eventOf(id));
    const once = await statusOf(id);
    await projector.handle(eventOf(id));
    await projector.handle(eventOf(id));
    expect(await statusOf(id)).toEqual(once);
  });

  it('is not thrown back by an event that comes late', async () => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 500));
    const latest = await statusOf(id);
    await projector.handle(advanced(id, 100));
    await projector.handle(advanced(id, 0, null));
    expect(await statusOf(id)).toEqual(latest);
  });

  it('comes to the same in whatever order its events arrive', async () => {
    const id = await addImport(database);
    const events = [advanced(id, 100), advanced(id, 200), advanced(id, 1_000), completed(id)];
    const results = new Set<string>();
    for (const order of [events, events.toReversed(), [events[3]!, events[0]!, events[2]!, events[1]!, events[3]!]]) {
      await database.query(
        `UPDATE import_status SET state = 'queued', revision = 0, bytes_read = 0 WHERE import_id = $1`,
        [id],
      );
      for (const event of order) await projector.handle(event);
      results.add(JSON.stringify(await statusOf(id)));
    }
    expect(results.size).toBe(1);
  });

  it.each([
    ['completed', completed, failed],
    ['failed', failed, completed],
  ])('stays %s once it is', async (state, first, other) => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 100));
    await projector.handle(first(id));
    const final = await statusOf(id);
    expect(final.state).toBe(state);
    await projector.handle(advanced(id, 2_000));
    await projector.handle(other(id));
    expect(await statusOf(id)).toEqual(final);
  });

  it('keeps what was done when the import fails', async () => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 100));
    await projector.handle(failed(id));
    expect(await statusOf(id)).toMatchObject({
      state: 'failed',
      failure: { code: 'storage.object-gone', params: {} },
      bytesRead: 100,
      ...totalsAt(10),
    });
  });

  it('follows an import that is paused, resumed, fails, and is retried', async () => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 100));
    await projector.handle(new ImportPaused(id, 2));
    expect(await statusOf(id)).toMatchObject({ state: 'paused', bytesRead: 100, recordsPerSecond: null });
    await projector.handle(new ImportQueuedAgain(id, 3));
    expect(await statusOf(id)).toMatchObject({ state: 'queued', bytesRead: 100, startedAt: STARTED });
    await projector.handle(advanced(id, 200, PACE, 4));
    await projector.handle(new ImportFailed(id, 5, FINISHED, FAILURE));
    await projector.handle(new ImportQueuedAgain(id, 6));
    expect(await statusOf(id)).toMatchObject({ state: 'queued', failure: null, finishedAt: null, bytesRead: 200 });
  });

  it.each([
    ['paused', (id: string) => new ImportPaused(id, 2)],
    ['cancelled', (id: string) => new ImportCancelled(id, 2, FINISHED)],
    ['queued', (id: string) => new ImportQueuedAgain(id, 2)],
  ])('stays %s when an event of the time before comes late', async (state, eventOf) => {
    const id = await addImport(database);
    await projector.handle(advanced(id, 100));
    await projector.handle(eventOf(id));
    const latest = await statusOf(id);
    expect(latest.state).toBe(state);
    await projector.handle(advanced(id, 500));
    expect(await statusOf(id)).toEqual(latest);
  });

  it('follows a worker that is faster than whoever tells of the command', async () => {
    const id = await addImport(database);
    await database.query('UPDATE import_status SET dry_run = true WHERE import_id = $1', [id]);
    await projector.handle(failed(id));
    await projector.handle(advanced(id, 100, PACE, 4));
    await projector.handle(new DryRunStarted(id, 3, 0));
    expect(await statusOf(id)).toMatchObject({ state: 'running', dryRun: false, failure: null, finishedAt: null });
    await projector.handle(new ImportCompleted(id, 5, STARTED, FINISHED, 1_000, totalsAt(100), false));
    await projector.handle(new OrdersRemoved(id, 6, FINISHED, 7, null));
    await projector.handle(new UndoRequested(id, 6, FINISHED));
    expect(await statusOf(id)).toMatchObject({ state: 'cancelled', undoRequestedAt: FINISHED, ordersRemoved: 7 });
  });

  it('is that of its own import alone', async () => {
    const [id, other] = [await addImport(database), await addImport(database)];
    const before = await statusOf(other);
    await projector.handle(completed(id));
    expect(await statusOf(other)).toEqual(before);
  });
});

/** Writes totals into the segments of an import, and its end into the ledger. */
async function end(importId: string, state: string, finishedAt: Date): Promise<void> {
  await database.query(
    `UPDATE segments SET is_done = true, next_byte = to_byte, valid = 10 + number, invalid = 5, duplicate = number,
       malformed = 1, violations = jsonb_build_object('zipcode_sum', 2, 'rule_' || number, 1),
       malformations = '{"text.nul": 1}' WHERE import_id = $1`,
    [importId],
  );
  await database.query(
    'UPDATE imports SET state = $2, revision = revision + 2, started_at = $3, finished_at = $4 WHERE id = $1',
    [importId, state, STARTED, finishedAt],
  );
}

describe('a status that fell behind', () => {
  const LONG_AGO = new Date(Date.now() - 60_000);
  it('is made from the totals of all segments', async () => {
    const id = await addImport(database, { segments: 3 });
    await projector.handle(advanced(id, 100));
    await end(id, 'completed', LONG_AGO);
    expect(await rebuildStaleStatus(database)).toBe(1);
    expect(await statusOf(id)).toMatchObject({
      state: 'completed',
      startedAt: STARTED,
      finishedAt: LONG_AGO,
      bytesRead: 3_000_000,
      valid: 33,
      invalid: 15,
      duplicate: 3,
      malformed: 3,
      violations: { zipcode_sum: 6, rule_0: 1, rule_1: 1, rule_2: 1 },
      malformations: { 'text.nul': 3 },
      recordsPerSecond: null,
      bytesPerSecond: null,
    });
    expect(await rebuildStaleStatus(database)).toBe(0);
  });

  it('of a failed import tells why it failed', async () => {
    const id = await addImport(database);
    await end(id, 'failed', LONG_AGO);
    await database.query(`UPDATE imports SET failure = '{"code": "imports.stuck", "params": {}}' WHERE id = $1`, [id]);
    expect(await rebuildStaleStatus(database)).toBe(1);
    expect(await statusOf(id)).toMatchObject({ state: 'failed', failure: { code: 'imports.stuck', params: {} } });
  });

  it('is left alone while the import runs', async () => {
    const running = await addImport(database, { state: 'running' });
    await projector.handle(advanced(running, 100));
    const before = await statusOf(running);
    expect(await rebuildStaleStatus(database)).toBe(0);
    expect(await statusOf(running)).toEqual(before);
  });

  it.each(['paused', 'cancelled', 'failed'])(
    'of an import that is %s tells of the last chunk, whose event came too late',
    async (state) => {
      const id = await addImport(database);
      await projector.handle(advanced(id, 100));
      await database.query('UPDATE imports SET state = $2, revision = 2 WHERE id = $1', [id, state]);
      await database.query('UPDATE segments SET next_byte = 500, valid = 50 WHERE import_id = $1', [id]);
      if (state === 'paused') await projector.handle(new ImportPaused(id, 2));
      else if (state === 'cancelled') await projector.handle(new ImportCancelled(id, 2, FINISHED));
      else await projector.handle(failed(id));
      expect(await rebuildStaleStatus(database)).toBe(1);
      expect(await statusOf(id)).toMatchObject({ state, bytesRead: 500, valid: 50 });
    },
  );
});
