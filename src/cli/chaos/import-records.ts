import { setImmediate } from 'node:timers/promises';
import type { Oracle } from '../generate-orders.js';
import type { Ledger } from './ledger.js';

// What PostgreSQL holds of one import, in however many segments it was read.

const OUTCOMES = ['valid', 'invalid', 'duplicate', 'malformed'] as const;
/** Records by what became of them. */
export type Counts = Record<(typeof OUTCOMES)[number], number>;

export const countsOf = (from: Readonly<Counts>): Counts =>
  Object.fromEntries(OUTCOMES.map((outcome) => [outcome, from[outcome]])) as Counts;

/** What the ledger says. One segment's counts mean nothing: it may have given an id to another, and count below zero. */
export async function totalsOf(ledger: Ledger, id: string): Promise<Counts> {
  const sums = OUTCOMES.map((outcome) => `sum(${outcome})::int AS ${outcome}`).join(', ');
  return (await ledger.query<Counts>(`SELECT ${sums} FROM segments WHERE import_id = $1`, [id]))[0]!;
}

/** An order as it is stored. */
export interface StoredOrder {
  readonly importId: string;
  readonly record: number;
  /** In the form of the oracle's digest: see `generate-orders.ts`. */
  readonly line: string;
}

/** The orders of an import, and whatever else has an id of its file: nobody else's orders belong there. */
export async function storedOrders(ledger: Ledger, id: string, { firstId, lastId }: Oracle): Promise<StoredOrder[]> {
  const rows = await ledger.rows(
    `SELECT id, name, email, state, zipcode, birthday::text, valid, violations, import_id, record FROM orders
     WHERE import_id = $1 OR id BETWEEN $2 AND $3`,
    [id, firstId, lastId],
  );
  const orders: StoredOrder[] = [];
  for (const row of rows) {
    // The lines that the service talks through are in this process, and must not stand still.
    if (orders.length % 5_000 === 0) await setImmediate();
    const [order, name, email, state, zipcode, birthday, valid, violations, importId, record] = row;
    const broken = (violations as string[]).toSorted().join(',');
    const line = [order, name, email, state, zipcode, birthday, valid, broken].join('|');
    orders.push({ importId: importId as string, record: Number(record), line });
  }
  return orders;
}

/** Counts over orders and rejects. */
export interface Outcomes {
  /** Outcomes in all, and the records that have any. */
  readonly outcomes: number;
  readonly records: number;
  readonly least: number;
  readonly most: number;
  readonly duplicate: number;
  readonly malformed: number;
  /** Duplicates whose id is not stored at all, or by a record of this import that is not before them. */
  readonly misplaced: number;
  /** Invalid orders that have no reject of their record, and rejects that are no invalid order's. */
  readonly unpaired: number;
}

/** An invalid order stands in both tables, each other outcome in one. */
export async function outcomesOf(ledger: Ledger, id: string): Promise<Outcomes> {
  const rows = await ledger.query<Outcomes>(
    `WITH stored AS (SELECT record, valid FROM orders WHERE import_id = $1),
       refused AS (SELECT record, outcome FROM rejects WHERE import_id = $1),
       every AS (SELECT record FROM stored UNION ALL SELECT record FROM refused WHERE outcome <> 'invalid')
     SELECT count(*)::int AS outcomes, count(DISTINCT record)::int AS records,
       min(record)::int AS least, max(record)::int AS most,
       (SELECT count(*)::int FROM refused WHERE outcome = 'duplicate') AS duplicate,
       (SELECT count(*)::int FROM refused WHERE outcome = 'malformed') AS malformed,
       (SELECT count(*)::int FROM rejects r LEFT JOIN orders o ON o.id = r.order_id
          WHERE r.import_id = $1 AND r.outcome = 'duplicate'
            AND (o.id IS NULL OR o.import_id = $1 AND o.record >= r.record)) AS misplaced,
       (SELECT count(*)::int FROM (SELECT record FROM stored WHERE NOT valid) s
          FULL JOIN (SELECT record FROM refused WHERE outcome = 'invalid') r USING (record)
          WHERE s.record IS NULL OR r.record IS NULL) AS unpaired
     FROM every`,
    [id],
  );
  return rows[0]!;
}
