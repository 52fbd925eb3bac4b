import type { DataSource } from 'typeorm';

/**
 * Writes the status of every import anew from the ledger where it fell behind: an event was lost between a commit and
 * its handler. Totals of all segments are added up.
 *
 * @returns how many were behind
 */
export async function rebuildStaleStatus(database: DataSource): Promise<number> {
  const [, count] = (await database.query(
    `UPDATE import_status AS status
     SET state = ledger.state, revision = ledger.revision, started_at = ledger.started_at, finished_at = ledger.finished_at,
         failure = ledger.failure, bytes_read = ledger.bytes_read, valid = ledger.valid, invalid = ledger.invalid,
         duplicate = ledger.duplicate, malformed = ledger.malformed, violations = ledger.violations,
         malformations = ledger.malformations, records_per_second = NULL, bytes_per_second = NULL
     FROM (
       SELECT i.id, i.state, i.revision, i.started_at, i.finished_at, i.failure,
              max(s.next_byte) AS bytes_read, sum(s.valid) AS valid, sum(s.invalid) AS invalid,
              sum(s.duplicate) AS duplicate, sum(s.malformed) AS malformed,
              ${sumOfCounts('violations')} AS violations, ${sumOfCounts('malformations')} AS malformations
       FROM imports i JOIN segments s ON s.import_id = i.id
       WHERE i.id IN (SELECT i.id FROM imports i JOIN import_status behind ON behind.import_id = i.id
                      WHERE behind.state NOT IN ('completed', 'failed', 'cancelled') OR behind.revision < i.revision
                        -- A last chunk may have been committed beside the end.
                        OR (i.state <> 'completed'
                            AND (i.finished_at IS NULL OR i.finished_at > clock_timestamp() - interval '1 day')))
       GROUP BY i.id
     ) AS ledger
     WHERE status.import_id = ledger.id AND (status.revision < ledger.revision
       -- A worker stopped between the commit of a chunk and its event.
       OR (ledger.state <> 'running' AND status.bytes_read < ledger.bytes_read))`,
  )) as [unknown, number];
  return count;
}

/** Adds up a column of `{ code: count }` over an import's segments. */
const sumOfCounts = (column: 'violations' | 'malformations'): string =>
  `(SELECT coalesce(jsonb_object_agg(code, total), '{}') FROM (
      SELECT key AS code, sum(value::bigint) AS total
      FROM segments part, jsonb_each_text(part.${column}) WHERE part.import_id = i.id GROUP BY key) counts)`;
