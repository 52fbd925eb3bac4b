import type { ClientBase } from 'pg';
import { copyRows } from '../../shared/copy-rows.js';
import { ORDER_COPY_COLUMNS, type OrderBatch } from '../intake/order-batch.js';

/** The next id that the service itself gives out: above 2^52, where files have none. */
export const NEW_ID = "nextval('orders_new_id')";

/** Stores the orders of a batch that are marked, each under a new id; `original_id` keeps the one it came with. */
export async function giveNewIds(client: ClientBase, batch: OrderBatch, isMarked: Uint8Array): Promise<void> {
  const numbers = Uint32Array.from([...isMarked.keys()].filter((number) => isMarked[number] === 1));
  if (numbers.length === 0) return;
  const { rows } = await client.query<{ id: string }>(`SELECT ${NEW_ID} AS id FROM generate_series(1, $1)`, [
    numbers.length,
  ]);
  await copyRows(
    client,
    `orders ${ORDER_COPY_COLUMNS.replace(')', ', original_id)')}`,
    batch.rows.renumbered(
      numbers,
      rows.map(({ id }) => Number(id)),
    ),
  );
}
