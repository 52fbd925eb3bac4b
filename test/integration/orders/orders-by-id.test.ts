import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrdersById } from '../../../src/orders/queries/orders-by-id.js';
import { freshTables } from '../../support/context.js';

const IMPORT = '019abf6e-7a30-7c3e-9c7e-000000000001';

let database: DataSource;
beforeAll(async () => {
  database = await freshTables();
  await database.query(
    `INSERT INTO orders (id, import_id, record, line, birthday, valid, name, email, state, zipcode, violations)
     SELECT id, $1, id, id + 1, '2000-02-29', id % 2 = 0, 'Name ' || id, 'a@example.com', 'IA', '05938', '{zipcode_sum}'
     FROM unnest('{1, 2, 9007199254740991}'::bigint[]) AS ids(id)`,
    [IMPORT],
  );
});
afterAll(() => database?.destroy());

describe('orders that are asked for at the same time', () => {
  it('are each answered with their own, or null where there is none', async () => {
    const orders = new OrdersById(database);
    const ids = [2, 3, 9_007_199_254_740_991, 1, 2];
    const found = await Promise.all(ids.map((id) => orders.find(id)));
    expect(found.map((order) => order?.name)).toEqual([
      'Name 2',
      undefined,
      'Name 9007199254740991',
      'Name 1',
      'Name 2',
    ]);
    expect(found[1]).toBeNull();
  });

  it('are the whole order, numbers as numbers and the birthday as a day', async () => {
    expect(await new OrdersById(database).find(1)).toEqual({
      id: 1,
      name: 'Name 1',
      email: 'a@example.com',
      state: 'IA',
      zipcode: '05938',
      birthday: '2000-02-29',
      valid: false,
      violations: ['zipcode_sum'],
      importId: IMPORT,
      record: 1,
      line: 2,
      originalId: null,
    });
  });

  it('fail together where the database fails, and the next are answered', async () => {
    const orders = new OrdersById(database);
    await database.query('ALTER TABLE orders RENAME TO away');
    const failed = await Promise.allSettled([orders.find(1), orders.find(2)]);
    await database.query('ALTER TABLE away RENAME TO orders');
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await orders.find(1))?.id).toBe(1);
  });
});
