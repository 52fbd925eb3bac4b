import { Client } from 'pg';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import type { OrderStats } from '../../src/orders/order-stats.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import { RULES } from '../../src/orders/rules/rule-set.js';
import { startApp, type App } from '../support/app.js';
import { exported, get, importOf, json } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, generated, record } from '../support/order-files.js';

let app: App;

beforeEach(async () => {
  app = await startApp({ workers: 2, env: { IMPORT_CHUNK_RECORDS: '200', IMPORT_SEGMENT_BYTES: '20000' } });
});
afterEach(() => app?.stop());

const stats = (): Promise<OrderStats> => json(get(app, '/orders/stats'));

/** The stats by counting the orders themselves. */
async function counted(): Promise<OrderStats> {
  const orders: Order[] = await Array.fromAsync(exported(app));
  const number = (isWanted: (order: Order) => boolean): number => orders.filter(isWanted).length;
  const nameOf = ({ state }: Order): string => (/^[A-Z]{2}$/.test(state) ? state : 'other');
  const names = [...new Set(orders.map(nameOf))].toSorted((a, b) => (a < b ? -1 : 1));
  return {
    total: orders.length,
    valid: number(({ valid }) => valid),
    invalid: number(({ valid }) => !valid),
    states: names.map((state) => ({
      state,
      valid: number((order) => nameOf(order) === state && order.valid),
      invalid: number((order) => nameOf(order) === state && !order.valid),
    })),
    rules: Object.fromEntries(
      RULES.map(({ code }) => [code, number(({ violations }) => violations.some((each) => each === code))]),
    ),
  };
}

it('the stats are what counting the orders comes to, whatever was stored, replaced and removed', async () => {
  expect(await stats()).toMatchObject({ total: 0, valid: 0, invalid: 0, states: [] });
  const { content } = await generated({ rows: 3_000, seed: 9, duplicates: 0.2, shuffle: true });
  const first = await importOf(app, content);
  expect(await stats()).toEqual(await counted());
  expect((await stats()).total).toBe(first.counts.valid + first.counts.invalid);

  const invalid = (await Array.fromAsync(exported(app, '?valid=false'))).slice(0, 300);
  await importOf(app, fileOf(...invalid.map(({ id }) => record(id))), '?onDuplicate=replace-invalid');
  expect(await stats()).toEqual(await counted());

  await importOf(app, content, '?onDuplicate=reassign-id');
  await importOf(app, fileOf(record(999_999_999, { state: 'a state of its own' })), '?dryRun=true');
  await importOf(app, fileOf(record(999_999_998, { state: 'a state of its own' })));
  expect(await stats()).toEqual(await counted());
  expect((await stats()).states.at(-1)).toEqual({ state: 'other', valid: 1, invalid: 0 });

  await fetch(`${app.api}/imports/${first.id}/orders`, { method: 'DELETE' });
  await eventually('the orders are gone', async () => {
    const { undo } = await json<{ undo: { finishedAt: string | null } | null }>(get(app, `/imports/${first.id}`));
    return undo?.finishedAt;
  });
  expect(await stats()).toEqual(await counted());
});

it('what was noted is added up, so that the stats never take longer', async () => {
  await importOf(app, (await generated({ rows: 3_000, seed: 10 })).content);
  const before = await stats();
  const database = new Client({ connectionString: app.databaseUrl });
  await database.connect();
  onTestFinished(() => database.end());
  await eventually('the notes are added up', async () => {
    const { rows } = await database.query<{ notes: number }>('SELECT count(*)::int AS notes FROM order_counts');
    return rows[0]!.notes === 1;
  });
  expect(await stats()).toEqual(before);
});
