import type { Client, ClientBase } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChunkStore, type Terms } from '../../../../src/imports/job/chunk-store.js';
import { claim, ImportHalted, LeaseLost, type Lease } from '../../../../src/imports/job/lease.js';
import { SegmentEntity } from '../../../../src/imports/segment.entity.js';
import { startContext, type Context } from '../../../support/context.js';
import { eventually } from '../../../support/eventually.js';
import { addImport, chunkOf, inTransaction, isWaitedFor, NOTHING, openLine } from '../../../support/ledger.js';
import { record } from '../../../support/order-files.js';

let context: Context;
let line: Client;
let chunks: ChunkStore;
beforeAll(async () => {
  context = await startContext('worker');
  line = await openLine(context.database);
  chunks = context.module.get(ChunkStore, { strict: false });
});
afterAll(async () => {
  await line?.end();
  await context?.close();
});
beforeEach(() => context.database.query('TRUNCATE imports, segments, import_status, orders, unstored_rejects CASCADE'));

const query = <T>(text: string): Promise<T[]> => context.database.query(text);
const claimed = async (importId: string): Promise<Lease> => (await claim(line, 'a test', 60_000, importId))!;
const running = (segments = 1): Promise<string> => addImport(context.database, { state: 'running', segments });
const segmentOf = (importId: string): Promise<SegmentEntity> =>
  context.database.manager.findOneByOrFail(SegmentEntity, { importId });
const takeOver = async (importId: string): Promise<Lease> => {
  await query(`UPDATE segments SET lease_expires_at = clock_timestamp() - interval '1 second'`);
  return claimed(importId);
};

const TERMS: Terms = { onDuplicate: 'keep-first', dryRun: false, maxRejects: null };
const RECORDS = [record(1), record(2, { state: 'PA' }), record(1), 'a|b', record(3)];

describe('a chunk that is committed', () => {
  it('stores orders, rejects, checkpoint and totals together', async () => {
    const id = await running();
    const chunk = chunkOf(id, ...RECORDS);
    const { totals, ended } = await chunks.commit(await claimed(id), chunk, NOTHING, false, TERMS);
    expect(ended).toBeNull();
    expect(totals).toEqual({
      valid: 2,
      invalid: 1,
      duplicate: 1,
      malformed: 1,
      violations: { allowed_state: 1 },
      malformations: { 'columns.wrong-number': 1 },
    });
    expect(await segmentOf(id)).toMatchObject({
      ...totals,
      nextByte: RECORDS.join('\n').length,
      nextRecord: 5,
      nextLine: 5,
      destination: { state: 'IA', zipcode: '10001' },
      isDone: false,
      fruitlessClaims: 0,
    });
    expect(await query('SELECT id::int, record::int, valid FROM orders ORDER BY id')).toEqual([
      { id: 1, record: 1, valid: true },
      { id: 2, record: 2, valid: false },
      { id: 3, record: 5, valid: true },
    ]);
    expect(
      await query(
        `SELECT record::int, outcome, reasons, params, order_id::int, byte_offset::int
         FROM rejects ORDER BY record`,
      ),
    ).toEqual(
      [
        { record: 2, outcome: 'invalid', reasons: ['allowed_state'], params: null, order_id: 2 },
        { record: 3, outcome: 'duplicate', reasons: [], params: null, order_id: 1 },
        {
          record: 4,
          outcome: 'malformed',
          reasons: ['columns.wrong-number'],
          params: { found: 2, expected: 6 },
          order_id: null,
        },
      ].map((reject) => {
        const before = RECORDS.slice(0, reject.record - 1).map((each) => `${each}\n`);
        const isStored = reject.outcome === 'invalid';
        return {
          ...reject,
          byte_offset: isStored ? null : before.join('').length,
        };
      }),
    );
  });

  it('adds to what the segment had before', async () => {
    const id = await running();
    const lease = await claimed(id);
    const { totals } = await chunks.commit(
      lease,
      chunkOf(id, record(1), record(2, { state: 'PA' })),
      NOTHING,
      false,
      TERMS,
    );
    const next = await chunks.commit(lease, chunkOf(id, record(1), record(3), 'x'), totals, false, TERMS);
    expect(next.totals).toEqual({
      valid: 2,
      invalid: 1,
      duplicate: 1,
      malformed: 1,
      violations: { allowed_state: 1 },
      malformations: { 'columns.wrong-number': 1 },
    });
    expect(await segmentOf(id)).toMatchObject(next.totals);
    expect(await query('SELECT id FROM orders')).toHaveLength(3);
  });

  it('ends the import with the last chunk of its last segment, and not before', async () => {
    const id = await running(2);
    const [first, second] = [await claimed(id), await claimed(id)];
    const one = await chunks.commit(first, chunkOf(id, record(1)), NOTHING, true, TERMS);
    expect(one.ended).toBeNull();
    expect(await query('SELECT state FROM imports')).toEqual([{ state: 'running' }]);
    const other = await chunks.commit(second, chunkOf(id, record(2)), NOTHING, true, TERMS);
    expect(other.ended).toMatchObject({ revision: 1, failure: null, totals: { ...NOTHING, valid: 2 } });
    expect(await query('SELECT state, revision::int, finished_at FROM imports')).toEqual([
      { state: 'completed', revision: 1, finished_at: other.ended!.finishedAt },
    ]);
  });
});

describe('the first thousand records of a file, all malformed,', () => {
  it('fail the import, are kept as rejects, and leave the segment open for a retry', async () => {
    const id = await running();
    const bad = Array.from({ length: 1_000 }, (_, index) => (index % 3 === 0 ? 'x|||||' : 'x'));
    const chunk = chunkOf(id, ...bad, record(1));
    expect(chunk.recordCount).toBe(1_000);
    const failure = {
      code: 'imports.all-malformed',
      params: { records: 1_000, malformation: 'columns.wrong-number' },
    };
    const { ended } = await chunks.commit(await claimed(id), chunk, NOTHING, true, TERMS);
    expect(ended).toMatchObject({ failure, revision: 1, totals: { ...NOTHING, malformed: 1_000, malformations: {} } });
    expect(await query('SELECT state, failure FROM imports')).toEqual([{ state: 'failed', failure }]);
    expect(await segmentOf(id)).toMatchObject({ malformed: 1_000, nextRecord: 1_000, isDone: false });
    expect(await query('SELECT count(*)::int AS n FROM unstored_rejects')).toEqual([{ n: 1_000 }]);
  });

  it('fail no import of which a record before the chunk could be read', async () => {
    const id = await running();
    const before = { ...NOTHING, valid: 1 };
    const { ended } = await chunks.commit(
      await claimed(id),
      chunkOf(id, ...Array.from({ length: 999 }, () => 'x')),
      before,
      false,
      TERMS,
    );
    expect(ended).toBeNull();
    expect(await query('SELECT state FROM imports')).toEqual([{ state: 'running' }]);
  });
});

describe('a chunk behind a lease that was lost', () => {
  it('writes nothing at all', async () => {
    const id = await running();
    const lost = await claimed(id);
    const own = await takeOver(id);
    const before = await segmentOf(id);
    await expect(chunks.commit(lost, chunkOf(id, ...RECORDS), NOTHING, true, TERMS)).rejects.toBeInstanceOf(LeaseLost);
    expect(await segmentOf(id)).toEqual(before);
    expect(await query('SELECT 1 FROM orders UNION ALL SELECT 1 FROM rejects')).toEqual([]);
    expect((await chunks.commit(own, chunkOf(id, ...RECORDS), NOTHING, true, TERMS)).totals.valid).toBe(2);
  });

  it('that is lost while it waits writes nothing either', async () => {
    const id = await running();
    const lost = await claimed(id);
    let late: Promise<unknown> | undefined;
    await inTransaction(context.database, async (client) => {
      // Another worker takes the segment over, and its claim is not committed yet.
      await client.query('UPDATE segments SET lease_token = lease_token + 1');
      late = chunks.commit(lost, chunkOf(id, ...RECORDS), NOTHING, false, TERMS);
      late.catch(() => undefined);
      await eventually('the late worker waits', () => isWaitedFor(context.database));
    });
    await expect(late).rejects.toBeInstanceOf(LeaseLost);
    expect(await query('SELECT 1 FROM orders UNION ALL SELECT 1 FROM rejects')).toEqual([]);
  });
});

describe('a chunk of an import that an operator stopped', () => {
  it.each(['paused', 'cancelled'])('writes nothing once it is %s', async (state) => {
    const id = await running();
    const lease = await claimed(id);
    const before = await segmentOf(id);
    await context.database.query('UPDATE imports SET state = $1', [state]);
    await expect(chunks.commit(lease, chunkOf(id, ...RECORDS), NOTHING, true, TERMS)).rejects.toBeInstanceOf(
      ImportHalted,
    );
    expect(await segmentOf(id)).toEqual(before);
    expect(await query('SELECT 1 FROM orders UNION ALL SELECT 1 FROM rejects')).toEqual([]);
  });
});

describe('an id that another import stores between look-up and copy', () => {
  const OTHER = '019abf6e-7a30-7c3e-9c7e-000000000009';
  const storeOther = (client: ClientBase, id: number): Promise<unknown> =>
    client.query(
      `INSERT INTO orders (id, import_id, record, line, birthday, valid, name, email, state, zipcode, violations)
       VALUES ($1, $2, 1, 2, '1963-02-27', true, 'Other', 'a@b.com', 'IA', '10001', '{}')`,
      [id, OTHER],
    );

  it.each([
    ['COMMIT', { valid: 1, invalid: 1, duplicate: 2, malformed: 1 }],
    ['ROLLBACK', { valid: 2, invalid: 1, duplicate: 1, malformed: 1 }],
  ] as const)(
    'is a duplicate after its %s, and only then, and every other record is stored once',
    async (end, counts) => {
      const id = await running();
      const lease = await claimed(id);
      let committing: ReturnType<ChunkStore['commit']> | undefined;
      await inTransaction(
        context.database,
        async (client) => {
          await storeOther(client, 3);
          committing = chunks.commit(lease, chunkOf(id, ...RECORDS), NOTHING, true, TERMS);
          committing.catch(() => undefined);
          await eventually('the chunk waits for the other import', () => isWaitedFor(context.database));
        },
        end,
      );
      const { totals, ended } = await committing!;
      expect(totals).toMatchObject(counts);
      expect(ended).toMatchObject({ revision: 1 });
      expect(await segmentOf(id)).toMatchObject({ ...counts, isDone: true });
      const owners = await query<{ import_id: string }>('SELECT import_id FROM orders ORDER BY id');
      expect(owners.map(({ import_id: owner }) => owner)).toEqual([id, id, end === 'COMMIT' ? OTHER : id]);
      const rejects = await query<{ record: number }>('SELECT record::int FROM rejects ORDER BY record');
      expect(rejects.map(({ record: number }) => number)).toEqual(end === 'COMMIT' ? [2, 3, 4, 5] : [2, 3, 4]);
    },
  );
});
