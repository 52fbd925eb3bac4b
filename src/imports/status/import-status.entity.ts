import { Column, Entity, PrimaryColumn, VirtualColumn } from 'typeorm';
import { bigintAsNumber } from '../../shared/bigint-column.js';
import type { ImportState } from '../import-state.js';
import type { DuplicatePolicy } from '../../orders/index.js';
import type { Failure } from '../import.entity.js';
import type { Totals } from '../segment.entity.js';

/** A pace that was measured longer ago is none any more: whoever measured it is gone. Seconds. */
const PACE_LASTS = 15;

/** The read model that clients see of an import, fed by domain events. */
@Entity('import_status')
export class ImportStatusEntity {
  @PrimaryColumn({ name: 'import_id', type: 'uuid' })
  importId: string;
  @Column({ type: 'text' })
  state: ImportState;
  /** Revision of the ledger that this tells of. */
  @Column({ type: 'bigint', transformer: bigintAsNumber, default: 0 })
  revision: number;
  @Column({ name: 'file_name', type: 'text', nullable: true })
  fileName: string | null;
  /** Length of what is stored, as in the ledger. */
  @Column({ name: 'file_bytes', type: 'bigint', transformer: bigintAsNumber })
  fileBytes: number;
  @Column({ name: 'sent_bytes', type: 'bigint', transformer: bigintAsNumber, nullable: true })
  sentBytes: number | null;
  @Column({ name: 'file_sha256', type: 'text' })
  fileSha256: string;
  /** The newest earlier import of the same bytes. */
  @Column({ name: 'same_file_as', type: 'uuid', nullable: true })
  sameFileAs: string | null;
  @Column({ type: 'text' })
  delimiter: string;
  @Column({ type: 'text' })
  encoding: string;
  /** Names of columns that nobody wants. */
  @Column({ name: 'ignored_columns', type: 'jsonb', default: [] })
  ignoredColumns: readonly string[];
  @Column({ name: 'dry_run', type: 'boolean' })
  dryRun: boolean;
  @Column({ name: 'on_duplicate', type: 'text' })
  onDuplicate: DuplicatePolicy;
  @Column({ name: 'max_rejects', type: 'integer', nullable: true })
  maxRejects: number | null;
  @Column({ name: 'request_id', type: 'text' })
  requestId: string;
  @Column({ name: 'bytes_read', type: 'bigint', transformer: bigintAsNumber })
  bytesRead: number;
  /** Over the last seconds; null until it is known and when the import has ended. */
  @Column({ name: 'records_per_second', type: 'double precision', nullable: true })
  recordsPerSecond: number | null;
  @Column({ name: 'bytes_per_second', type: 'double precision', nullable: true })
  bytesPerSecond: number | null;
  /** Whether the pace is of the last seconds, by the clock of the database, which measures by it. */
  @VirtualColumn({
    type: 'boolean',
    // Null where a version before this one wrote the pace.
    query: (status) =>
      `SELECT coalesce(${status}.paced_at > clock_timestamp() - interval '${PACE_LASTS} seconds', true)`,
  })
  isPaceFresh: boolean;
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  valid: number;
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  invalid: number;
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  duplicate: number;
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  malformed: number;
  @Column({ type: 'jsonb' })
  violations: Totals['violations'];
  @Column({ type: 'jsonb' })
  malformations: Totals['malformations'];
  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;
  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;
  @Column({ type: 'jsonb', nullable: true })
  failure: Failure | null;
  /** Why the import, though running, does not go on for the moment. */
  @Column({ type: 'jsonb', nullable: true })
  waiting: Failure | null;
  @Column({ name: 'undo_requested_at', type: 'timestamptz', nullable: true })
  undoRequestedAt: Date | null;
  @Column({ name: 'undone_at', type: 'timestamptz', nullable: true })
  undoneAt: Date | null;
  @Column({ name: 'orders_removed', type: 'bigint', transformer: bigintAsNumber, default: 0 })
  ordersRemoved: number;
}
