import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ClientBase } from 'pg';
import { copyRows } from '../../shared/copy-rows.js';
import { ORDER_COPY_COLUMNS, type OrderBatch } from '../intake/order-batch.js';

/** How a batch's ids are kept from being stored twice. */
export type DuplicateCheck =
  /** Ids already stored are looked up, then the rest is copied. Fails on an id that another import stores meanwhile. */
  | 'look-up'
  /** Each row is tried by itself, so that an id that another import stores meanwhile becomes a duplicate. Slower. */
  | 'on-conflict';

/**
 * Stores the orders of a batch within the client's transaction, except those whose id is taken: by a stored order or
 * by an earlier order of the batch. Returns for each order of the batch 1 if it is such a duplicate, else 0.
 *
 * @throws PostgreSQL's unique violation (23505) with `look-up`, as said there
 */
export class StoreOrdersCommand extends Command<Uint8Array> {
  constructor(
    readonly client: ClientBase,
    readonly batch: OrderBatch,
    readonly check: DuplicateCheck,
  ) {
    super();
  }
}

@CommandHandler(StoreOrdersCommand)
export class StoreOrdersHandler implements ICommandHandler<StoreOrdersCommand> {
  async execute({ client, batch, check }: StoreOrdersCommand): Promise<Uint8Array> {
    const isDuplicate = repeatsInside(batch);
    if (check === 'look-up') {
      await markStored(client, batch, isDuplicate);
      if (isDuplicate.includes(0)) await copyByAscendingId(client, batch, isDuplicate);
    } else {
      await storeOneByOne(client, batch, isDuplicate);
    }
    return isDuplicate;
  }
}

/** Marks the orders whose id an earlier order of the same batch has. */
function repeatsInside({ ids }: OrderBatch): Uint8Array {
  const isRepeat = new Uint8Array(ids.length);
  const seen = new Set<number>();
  ids.forEach((id, index) => {
    if (seen.has(id)) isRepeat[index] = 1;
    else seen.add(id);
  });
  return isRepeat;
}

/** Marks the orders whose id is stored already. Ids above the highest stored one need no look-up. */
async function markStored(client: ClientBase, { ids }: OrderBatch, isDuplicate: Uint8Array): Promise<void> {
  const highest = await client.query<{ id: string | null }>('SELECT max(id) AS id FROM orders');
  const limit = Number(highest.rows[0]?.id ?? 0);
  const candidates = ids.filter((id) => id <= limit);
  if (candidates.length === 0) return;
  const found = await client.query<{ id: string }>('SELECT id FROM orders WHERE id = ANY($1::bigint[])', [candidates]);
  const stored = new Set(found.rows.map(({ id }) => Number(id)));
  ids.forEach((id, index) => {
    if (stored.has(id)) isDuplicate[index] = 1;
  });
}

/** Copies the orders that are no duplicates, in the order of their ids: see `storeOneByOne`. */
async function copyByAscendingId(client: ClientBase, batch: OrderBatch, isDuplicate: Uint8Array): Promise<void> {
  const { ids, rows } = batch;
  const target = `orders ${ORDER_COPY_COLUMNS}`;
  const indexes = [...ids.keys()].filter((index) => isDuplicate[index] === 0);
  const isAscending = indexes.every((index, at) => at === 0 || ids[index]! > ids[indexes[at - 1]!]!);
  if (isAscending) await copyRows(client, target, rows, isDuplicate);
  else await copyRows(client, target, rows.picked(indexes.toSorted((a, b) => ids[a]! - ids[b]!)));
}

/** Stores through a temporary table; in the order of the ids, so that two imports never wait for each other in a ring. */
async function storeOneByOne(client: ClientBase, batch: OrderBatch, isDuplicate: Uint8Array): Promise<void> {
  await client.query('CREATE TEMPORARY TABLE incoming_orders (LIKE orders) ON COMMIT DROP');
  await copyRows(client, `incoming_orders ${ORDER_COPY_COLUMNS}`, batch.rows, isDuplicate);
  const stored = await client.query<{ id: string }>(
    `INSERT INTO orders ${ORDER_COPY_COLUMNS}
     SELECT ${ORDER_COPY_COLUMNS.slice(1, -1)} FROM incoming_orders ORDER BY id
     ON CONFLICT (id) DO NOTHING RETURNING id`,
  );
  const ours = new Set(stored.rows.map(({ id }) => Number(id)));
  batch.ids.forEach((id, index) => {
    if (!ours.has(id)) isDuplicate[index] = 1;
  });
}
