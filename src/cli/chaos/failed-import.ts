import { isDeepStrictEqual } from 'node:util';
import type { Oracle } from '../generate-orders.js';
import { lastStatusFault, type SeenStatus } from './client-view.js';
import { countsOf, outcomesOf, storedOrders, totalsOf, type Counts, type StoredOrder } from './import-records.js';
import type { Ledger } from './ledger.js';
import type { Spoilt } from './load.js';

/** What an import stored before it failed, and what of that is not as it must be. */
export interface Remains {
  readonly records: number;
  readonly orders: number;
  readonly rejects: number;
  readonly doubled: number;
  readonly differences: readonly string[];
}

/**
 * Judges an import whose file was spoilt: it must say so, its counts must be those of what is stored, and every order
 * must be what the file said before, of the first records of each segment.
 */
export async function judgeFailed(
  origin: string,
  ledger: Ledger,
  id: string,
  oracle: Oracle,
  { code, lines }: Spoilt,
): Promise<Remains> {
  // Waits for chunks of other segments that were under way when it failed: they hold this row.
  await ledger.query('SELECT 1 FROM imports WHERE id = $1 FOR UPDATE', [id]);
  const totals = await totalsOf(ledger, id);
  const orders = await storedOrders(ledger, id, oracle);
  const status = await lastStatusFault(origin, id, (seen) => statusFault(seen, code, totals));
  const { records, doubled, differences } = await outcomeFaults(ledger, id, totals);
  const wrong = orders.filter((order) => !isOfFile(order, id, lines));
  return {
    records,
    orders: orders.length,
    rejects: records - totals.valid,
    doubled,
    differences: [
      ...(status === null ? [] : [`status of ${id}: ${status}`]),
      ...differences,
      ...(orders.length === totals.valid + totals.invalid ? [] : [`${orders.length} orders of ${id} are stored`]),
      ...(wrong.length === 0 ? [] : [`${wrong.length} orders of ${id} are not of its file: ${wrong[0]!.line}`]),
    ],
  };
}

function statusFault({ state, failure, counts }: SeenStatus, code: string, totals: Counts): string | null {
  if (state !== 'failed' || failure?.code !== code) return `${state} ${failure?.code}, not failed ${code}`;
  const wanted = { read: sumOf(totals), ...countsOf(totals) };
  return isDeepStrictEqual(counts, wanted) ? null : `${JSON.stringify(counts)}, not ${JSON.stringify(wanted)}`;
}

const sumOf = ({ valid, invalid, duplicate, malformed }: Counts): number => valid + invalid + duplicate + malformed;

const isOfFile = ({ importId, record, line }: StoredOrder, id: string, lines: Spoilt['lines']): boolean =>
  importId === id && lines.get(record) === line;

async function outcomeFaults(ledger: Ledger, id: string, totals: Counts) {
  const { least: _least, most: _most, ...found } = await outcomesOf(ledger, id);
  const { duplicate, malformed } = totals;
  const read = sumOf(totals);
  const wanted = { outcomes: read, records: read, duplicate, malformed, misplaced: 0, unpaired: 0 };
  const runs = await runsOf(ledger, id);
  const differences = [
    ...(isDeepStrictEqual(found, wanted)
      ? []
      : [`outcomes of ${id}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`]),
    ...(runs.found <= runs.segments ? [] : [`${id} has ${runs.found} runs of records in ${runs.segments} segments`]),
  ];
  return { records: found.records, doubled: found.outcomes - found.records, differences };
}

/** Unbroken runs of records that have an outcome. Each segment is read from its first record on, and has one at most. */
async function runsOf(ledger: Ledger, id: string): Promise<{ found: number; segments: number }> {
  const rows = await ledger.query<{ found: number; segments: number }>(
    `WITH every AS (SELECT record FROM orders WHERE import_id = $1 UNION SELECT record FROM rejects WHERE import_id = $1),
       steps AS (SELECT record - lag(record) OVER (ORDER BY record) AS step FROM every)
     SELECT count(*) FILTER (WHERE step IS DISTINCT FROM 1)::int AS found,
       (SELECT count(*)::int FROM segments WHERE import_id = $1) AS segments FROM steps`,
    [id],
  );
  return rows[0]!;
}
