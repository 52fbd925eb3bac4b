import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  StoreOrdersCommand,
  StoreOrdersHandler,
  type DuplicateCheck,
} from '../../../src/orders/commands/store-orders.command.js';
import { IdsInFlight, WayBlocked } from '../../../src/orders/storing/ids-in-flight.js';
import { Pipeline } from '../../../src/shared/pipeline.js';
import { freshTables } from '../../support/context.js';
import { eventually } from '../../support/eventually.js';
import { chunkOf, inTransaction, isWaitedFor } from '../../support/ledger.js';
import { record } from '../../support/order-files.js';

const FIRST = '019abf6e-7a30-7c3e-9c7e-000000000001';
const SECOND = '019abf6e-7a30-7c3e-9c7e-000000000002';

let database: DataSource;
beforeAll(async () => {
  database = await freshTables();
});
afterAll(() => database?.destroy());
beforeEach(() => database.query('TRUNCATE orders'));

const handler = new StoreOrdersHandler();
/** Stores records of an import; 1 for each that is a duplicate, else 0. */
const storeWith = async (client: ClientBase, importId: string, check: DuplicateCheck, ...records: string[]) => {
  const batch = chunkOf(importId, ...records).orders;
  const passage = new IdsInFlight().enter(batch.sortedIds);
  const options = { check, onDuplicate: 'keep-first', isDryRun: false, passage } as const;
  const pipeline = new Pipeline(client);
  const { isDuplicate } = await handler.execute(new StoreOrdersCommand(pipeline, batch, options));
  await pipeline.flush();
  return [...isDuplicate];
};
const store = (importId: string, check: DuplicateCheck, ...records: string[]): Promise<number[]> =>
  inTransaction(database, (client) => storeWith(client, importId, check, ...records));
const stored = (): Promise<{ id: number; name: string; import_id: string; record: number }[]> =>
  database.query('SELECT id::int, name, import_id, record::int FROM orders ORDER BY id');
const ids = async (): Promise<number[]> => (await stored()).map(({ id }) => id);

describe.each(['look-up', 'on-conflict'] as const)('orders that are stored with %s', (check) => {
  it('are all there, each as it was read', async () => {
    const strange = String.raw`O'Neil \N \. {a,"b"} 🍷`;
    expect(
      await store(FIRST, check, record(7, { name: strange, state: 'pa', zipcode: '12-345', birthday: 'Feb 29 2004' })),
    ).toEqual([0]);
    expect(await database.query('SELECT *, birthday::text AS birthday FROM orders')).toEqual([
      {
        id: '7',
        import_id: FIRST,
        record: expect.toSatisfy((value) => Number(value) === 1) as number,
        line: expect.toSatisfy((value) => Number(value) === 1) as number,
        birthday: '2004-02-29',
        valid: false,
        name: strange,
        email: 'customer7@example.com',
        state: 'PA',
        zipcode: '12345',
        violations: ['allowed_state'],
        original_id: null,
      },
    ]);
  });

  it('give way to an earlier one of the batch with their id', async () => {
    const records = [record(3, { name: 'first' }), record(1), record(3, { name: 'second' }), record(3), record(1)];
    expect(await store(FIRST, check, ...records)).toEqual([0, 0, 1, 1, 1]);
    expect((await stored()).map(({ id, name }) => [id, name])).toEqual([
      [1, 'Customer 1'],
      [3, 'first'],
    ]);
  });

  it('give way to those that are stored, and leave them as they are', async () => {
    await store(FIRST, check, record(2), record(4));
    const before = await stored();
    expect(await store(SECOND, check, record(1), record(2), record(3), record(4), record(5))).toEqual([0, 1, 0, 1, 0]);
    expect(await ids()).toEqual([1, 2, 3, 4, 5]);
    expect((await stored()).filter(({ import_id: id }) => id === FIRST)).toEqual(before);
  });

  it('may all be duplicates, or none at all', async () => {
    await store(FIRST, check, record(1), record(2));
    expect(await store(SECOND, check, record(2), record(1))).toEqual([1, 1]);
    expect(await store(SECOND, check)).toEqual([]);
    expect(await ids()).toEqual([1, 2]);
  });

  it('may come in any order', async () => {
    const order = [9, 4, 900_719_925_474_099, 1, 8, 2];
    expect(await store(FIRST, check, ...order.map((id) => record(id)))).toEqual([0, 0, 0, 0, 0, 0]);
    const rows = (await database.query('SELECT id, record FROM orders ORDER BY record')) as { id: string }[];
    expect(rows.map(({ id }) => Number(id))).toEqual(order);
  });

  it('leave nothing when their transaction is rolled back', async () => {
    await inTransaction(database, (client) => storeWith(client, FIRST, check, record(1)), 'ROLLBACK');
    expect(await ids()).toEqual([]);
  });

  it('wait for another import that is about to store their id, and are stored if it does not', async () => {
    const [other, result] = await besides([record(2)], 'ROLLBACK', check, [record(1), record(2), record(3)]);
    expect(other).toEqual([0]);
    expect(result).toEqual([0, 0, 0]);
    expect((await stored()).map(({ import_id: id }) => id)).toEqual([SECOND, SECOND, SECOND]);
  });

  it('never wait in a ring with another import that stores the same ids in another order', async () => {
    const one = Array.from({ length: 500 }, (_, index) => record(index + 1));
    const outcomes = await Promise.allSettled([
      store(FIRST, check, ...one),
      store(SECOND, check, ...one.toReversed()),
      store(SECOND, 'on-conflict', ...one.toSorted()),
    ]);
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : '',
    );
    // A unique violation is what the caller of `look-up` is told to expect; a deadlock (40P01) is not.
    expect(codes.filter((code) => code !== '' && code !== '23505')).toEqual([]);
    expect(await ids()).toHaveLength(500);
  });
});

/** Stores records while another import, which has stored others, has not ended its transaction yet. */
async function besides(
  others: string[],
  end: 'COMMIT' | 'ROLLBACK',
  check: DuplicateCheck,
  records: string[],
): Promise<[number[], number[]]> {
  let result: Promise<number[]> | undefined;
  const first = await inTransaction(
    database,
    async (client) => {
      const done = await storeWith(client, FIRST, 'on-conflict', ...others);
      result = store(SECOND, check, ...records);
      result.catch(() => undefined);
      await eventually('the second waits for the first', () => isWaitedFor(database));
      return done;
    },
    end,
  );
  return [first, await result!];
}

describe('an id that another import stores meanwhile', () => {
  const records = [record(1), record(2), record(3)];

  it('is a unique violation with look-up, and nothing is stored', async () => {
    await expect(besides([record(2)], 'COMMIT', 'look-up', records)).rejects.toMatchObject({ code: '23505' });
    expect(await ids()).toEqual([2]);
  });

  it('is a duplicate with on-conflict', async () => {
    expect(await besides([record(2)], 'COMMIT', 'on-conflict', records)).toEqual([[0], [0, 1, 0]]);
    expect((await stored()).map(({ id, import_id: owner }) => [id, owner])).toEqual([
      [1, SECOND],
      [2, FIRST],
      [3, SECOND],
    ]);
  });
});

it('a batch does not wait for another of its process that waits for one that waits for it', async () => {
  const inFlight = new IdsInFlight();
  const storing = async (client: ClientBase, importId: string, ...records: string[]): Promise<void> => {
    const batch = chunkOf(importId, ...records).orders;
    const passage = inFlight.enter(batch.sortedIds);
    const options = { check: 'look-up', onDuplicate: 'keep-first', isDryRun: false, passage } as const;
    const pipeline = new Pipeline(client);
    try {
      await handler.execute(new StoreOrdersCommand(pipeline, batch, options));
      await pipeline.flush();
    } finally {
      passage.leave();
    }
  };
  const idle = async (): Promise<number> => {
    const found = (await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    )) as unknown[];
    return found.length;
  };
  const insert = `INSERT INTO orders SELECT $1, $2, 1, 2, '2000-01-01', true, 'n', 'e', 'IA', '1', '{}'`;
  let before: Promise<void> | undefined;
  await inTransaction(
    database,
    async (elsewhere) => {
      await elsewhere.query(insert, [30, SECOND]);
      before = inTransaction(database, (client) => storing(client, FIRST, record(10), record(30)));
      await eventually('the first waits for the other process', () => isWaitedFor(database));
      const behind = inTransaction(database, (client) => storing(client, FIRST, record(10), record(20)));
      await eventually('the second has stored 20, and waits for the first', async () => (await idle()) === 2);
      const closesRing = elsewhere.query(insert, [20, SECOND]);
      await expect(behind).rejects.toThrow(WayBlocked);
      await closesRing;
    },
    'ROLLBACK',
  );
  await before;
  expect(await ids()).toEqual([10, 30]);
});
