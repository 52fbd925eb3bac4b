import type { GoneOrder, StoredBatch } from '../../orders/index.js';
import type { RejectOutcome } from '../reject.entity.js';

/** A row for `INSERT_REJECTS`. */
interface NewReject {
  readonly import_id: string;
  readonly record: number;
  readonly line: number;
  readonly outcome: RejectOutcome;
  readonly reasons: readonly string[];
  readonly order_id: number;
}

/** Keeps rejects whose order is gone; its parameter is a JSON text of them. */
export const INSERT_REJECTS = `INSERT INTO unstored_rejects (import_id, record, line, outcome, reasons, order_id)
  SELECT import_id, record, line, outcome, reasons, order_id
  FROM jsonb_to_recordset($1) AS gone
    (import_id uuid, record bigint, line bigint, outcome text, reasons text[], order_id bigint)
  ON CONFLICT (import_id, record) DO UPDATE SET outcome = excluded.outcome, reasons = excluded.reasons`;

/**
 * What became of the records whose orders gave way to this batch: those of the same import are duplicates now, the
 * invalid ones of other imports stay what they were.
 */
export const rejectsOfGone = ({ displaced, replaced }: StoredBatch): NewReject[] => [
  ...displaced.map((order) => rejectOf(order, 'duplicate')),
  ...rejectsOfRemoved(replaced),
];

/** The rejects among orders that are removed: those of the invalid ones, which were stored nowhere else. */
export const rejectsOfRemoved = (removed: readonly GoneOrder[]): NewReject[] =>
  removed.filter(({ valid }) => !valid).map((order) => rejectOf(order, 'invalid'));

const rejectOf = ({ importId, record, line, id, violations }: GoneOrder, outcome: RejectOutcome): NewReject => ({
  import_id: importId,
  record,
  line,
  outcome,
  reasons: outcome === 'duplicate' ? [] : violations,
  order_id: id,
});
