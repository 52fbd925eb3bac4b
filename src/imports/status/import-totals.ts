import type { DataSource } from 'typeorm';
import type { Pipeline } from '../../shared/pipeline.js';
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

/** Adds up the segments of an import. */
export async function totalsOfImport(database: DataSource, importId: string): Promise<ImportTotals> {
  const [sums] = (await database.query(TOTALS, [importId])) as [Sums];
  return toTotals(sums);
}

/** The same within a transaction. */
export async function totalsInPipeline(pipeline: Pipeline, importId: string): Promise<ImportTotals> {
  const [row] = await pipeline.ask(`SELECT to_json(sums) FROM (${TOTALS}) sums`, [importId]);
  return toTotals(JSON.parse(row![0]!) as Sums);
}

function toTotals({ violations, malformations, ...counts }: Sums): ImportTotals {
  const [valid, invalid, duplicate, malformed] = [counts.valid, counts.invalid, counts.duplicate, counts.malformed].map(
    Number,
  ) as [number, number, number, number];
  return {
    bytesRead: Number(counts.bytes_read),
    totals: { valid, invalid, duplicate, malformed, violations, malformations },
  };
}
