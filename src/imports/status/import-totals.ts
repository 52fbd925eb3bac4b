import type { Totals } from '../segment.entity.js';

/** How far a whole import is, by the ledger. */
export interface ImportTotals {
  /** Bytes of the file that are durably done, the header counted. */
  readonly bytesRead: number;
  readonly totals: Totals;
}

/** Adds up a column of `{ code: count }` over an import's segments. */
const sumOfCounts = (column: 'violations' | 'malformations', importId: string): string =>
  `(SELECT coalesce(jsonb_object_agg(code, total), '{}') FROM (
      SELECT key AS code, sum(value::bigint) AS total
      FROM segments part, jsonb_each_text(part.${column}) WHERE part.import_id = ${importId}
      GROUP BY key HAVING sum(value::bigint) <> 0) counts)`;

/**
 * The columns `bytes_read`, the four counts, `violations` and `malformations` of an import: what its segments, which
 * the query must have as `s` and group by import, come to together.
 *
 * @param importId SQL for the import's id
 */
export const totalsColumns = (importId: string): string =>
  `min((s.begin ->> 'offset')::bigint) + sum(s.next_byte - (s.begin ->> 'offset')::bigint) AS bytes_read,
   sum(s.valid) AS valid, sum(s.invalid) AS invalid, sum(s.duplicate) AS duplicate, sum(s.malformed) AS malformed,
   ${sumOfCounts('violations', importId)} AS violations, ${sumOfCounts('malformations', importId)} AS malformations`;

const TOTALS = `SELECT ${totalsColumns('$1')} FROM segments s WHERE s.import_id = $1`;

type Sums = Record<'bytes_read' | 'valid' | 'invalid' | 'duplicate' | 'malformed', string> &
  Pick<Totals, 'violations' | 'malformations'>;

/** Adds up the segments of an import. `ask` puts the question to PostgreSQL, within a transaction or not. */
export async function totalsOfImport(
  ask: (text: string, values: unknown[]) => Promise<unknown[]>,
  importId: string,
): Promise<ImportTotals> {
  const [sums] = (await ask(TOTALS, [importId])) as [Sums];
  const { violations, malformations } = sums;
  const [valid, invalid, duplicate, malformed] = [sums.valid, sums.invalid, sums.duplicate, sums.malformed].map(Number);
  return {
    bytesRead: Number(sums.bytes_read),
    totals: { valid, invalid, duplicate, malformed, violations, malformations } as Totals,
  };
}
