import type { DataSource } from 'typeorm';
import { totalsColumns } from './import-totals.js';

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
         malformations = ledger.malformations, undo_requested_at = ledger.undo_requested_at, undone_at = ledger.undone_at,
         dry_run = ledger.dry_run, orders_removed = ledger.orders_removed, waiting = NULL, records_per_second = NULL, bytes_per_second = NULL
     FROM (
       SELECT i.id, i.state, i.revision, i.started_at, i.finished_at, i.failure,
              i.dry_run, i.undo_requested_at, i.undone_at, i.orders_removed, ${totalsColumns('i.id')}
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
