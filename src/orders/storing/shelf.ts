import { CopyRows } from '../../shared/copy-rows.js';
import type { Pipeline } from '../../shared/pipeline.js';
import { ORDER_COPY_COLUMNS, violationArray, type OrderBatch } from '../intake/order-batch.js';
import { goneColumns, goneOrders, type GoneOrder } from './gone-order.js';
import { rangesOf } from './id-ranges.js';

/** What is known of a stored order whose id is wanted. */
export interface Taken {
  /** Number of its record where the same import stored it, else null. */
  readonly ownRecord: number | null;
  readonly valid: boolean;
}

/** Where the orders of an import go: the table `orders`, or for a dry run one that remembers their ids. */
export interface Shelf {
  readonly table: string;
  readonly columns: string;
  /** The batch's orders with these numbers, in this order, as rows for COPY. */
  rows(batch: OrderBatch, numbers: Uint32Array): CopyRows;
  /** Of these ids, which ascend, those that are taken. */
  lookUp(pipeline: Pipeline, importId: string, ids: Float64Array): Promise<Map<number, Taken>>;
  /** Takes away the orders with these ids that the same import stored from behind this record. */
  displaceOwn(pipeline: Pipeline, importId: string, ids: readonly number[], record: number): Promise<GoneOrder[]>;
}

/** The orders that everybody sees. */
export const ORDERS: Shelf = {
  table: 'orders',
  columns: ORDER_COPY_COLUMNS,
  rows: (batch, numbers) =>
    numbers.length === batch.count && isCounting(numbers) ? batch.rows : batch.pickedRows(numbers),
  lookUp: (pipeline, importId, ids) => lookUp(pipeline, importId, ids, takenIn),
  displaceOwn: (pipeline, importId, ids, record) =>
    displaceOwn(pipeline, 'orders', goneColumns('id'), importId, ids, record),
};

/** The orders of a dry run: nobody sees them, and they go when the run has ended. */
export const TRIAL: Shelf = {
  table: 'trial_orders',
  columns: '(import_id, id, record, line, valid, violations)',
  rows: trialRows,
  lookUp: (pipeline, importId, ids) =>
    lookUp(
      pipeline,
      importId,
      ids,
      (where) =>
        `${takenIn(where)} UNION ALL SELECT id, record, valid FROM trial_orders WHERE import_id = $1 AND ${where}`,
    ),
  displaceOwn: (pipeline, importId, ids, record) =>
    displaceOwn(pipeline, 'trial_orders', goneColumns('id', `''`), importId, ids, record),
};

const isCounting = (numbers: Uint32Array): boolean => numbers.every((number, index) => number === index);

const takenIn = (where: string): string =>
  `SELECT id, CASE WHEN import_id = $1 THEN record END AS record, valid FROM orders WHERE ${where}`;

async function lookUp(
  pipeline: Pipeline,
  importId: string,
  ids: Float64Array,
  taken: (where: string) => string,
): Promise<Map<number, Taken>> {
  const { singles, lowest, highest } = rangesOf(ids);
  const asked = [
    ...(singles.length > 0 ? [taken('id = ANY($2::bigint[])')] : []),
    ...(lowest.length > 0
      ? [
          `SELECT found.* FROM unnest($3::bigint[], $4::bigint[]) AS range (lowest, highest)
           CROSS JOIN LATERAL (${taken('id BETWEEN lowest AND highest')}) found`,
        ]
      : []),
  ];
  if (asked.length === 0) return new Map();
  // All parameters get their types here, also those that are not asked for.
  const text = `SELECT NULL::bigint, NULL::bigint, NULL::boolean
    WHERE false AND ($1::uuid, $2::bigint[], $3::bigint[], $4::bigint[]) IS NULL UNION ALL ${asked.join(' UNION ALL ')}`;
  const rows = await pipeline.ask(text, [importId, arrayText(singles), arrayText(lowest), arrayText(highest)]);
  return new Map(
    rows.map(([id, record, valid]) => [
      Number(id),
      { ownRecord: record === null ? null : Number(record), valid: valid === 't' },
    ]),
  );
}

async function displaceOwn(
  pipeline: Pipeline,
  table: string,
  columns: string,
  importId: string,
  ids: readonly number[],
  record: number,
): Promise<GoneOrder[]> {
  const rows = await pipeline.ask(
    `DELETE FROM ${table} WHERE id = ANY($2::bigint[]) AND import_id = $1 AND record > $3
     RETURNING ${columns}`,
    [importId, arrayText(ids), record],
  );
  return goneOrders(rows);
}

function trialRows({ importId, ids, records, lines, broken }: OrderBatch, numbers: Uint32Array): CopyRows {
  const rows = new CopyRows(numbers.length * 96);
  for (const number of numbers) {
    rows.row(6);
    rows.value(importId);
    rows.int8(ids[number]!);
    rows.int8(records[number]!);
    rows.int8(lines[number]!);
    rows.boolean(broken[number] === 0);
    rows.value(violationArray(broken[number]!));
  }
  return rows;
}

/** An array parameter of numbers. node-postgres would quote each of them. */
export const arrayText = (numbers: readonly number[]): string => `{${numbers.join(',')}}`;
