import type { Pipeline } from '../../shared/pipeline.js';
import { ORDER_COPY_COLUMNS, type OrderBatch } from '../intake/order-batch.js';

/** The next id that the service itself gives out: above 2^52, where files have none. */
export const NEW_ID = "nextval('orders_new_id')";

/** Stores the orders of a batch that are marked, each under a new id; `original_id` keeps the one it came with. */
export async function giveNewIds(pipeline: Pipeline, batch: OrderBatch, isMarked: Uint8Array): Promise<void> {
  const numbers = Uint32Array.from([...isMarked.keys()].filter((number) => isMarked[number] === 1));
  if (numbers.length === 0) return;
  const rows = await pipeline.ask(`SELECT ${NEW_ID} FROM generate_series(1, $1)`, [numbers.length]);
  const ids = rows.map(([id]) => Number(id));
  void pipeline.copy(
    `orders ${ORDER_COPY_COLUMNS.replace(')', ', original_id)')}`,
    batch.rows.renumbered(numbers, ids),
  );
}
