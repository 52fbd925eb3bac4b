import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DuplicatePolicy, RuleSet } from '../orders/index.js';
import { bigintAsNumber } from '../shared/bigint-column.js';
import type { Dialect } from './csv/dialect.js';
import type { ImportState } from './import-state.js';

/** Why an import could not go on: a code of the catalogs with its parameters. */
export interface Failure {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/** An accepted file with its options: the part of the ledger that never changes, and the state. */
@Entity('imports')
export class ImportEntity {
  /** UUIDv7, so that newer ones sort behind. */
  @PrimaryColumn({ type: 'uuid' })
  id: string;
  @Column({ type: 'text' })
  state: ImportState;
  /** Grows with every change of the state. */
  @Column({ type: 'bigint', transformer: bigintAsNumber, default: 0 })
  revision: number;
  /** As the client named it; data, never a path. */
  @Column({ name: 'file_name', type: 'text', nullable: true })
  fileName: string | null;
  /** Length of what is stored: the file as UTF-8, uncompressed. */
  @Column({ name: 'file_bytes', type: 'bigint', transformer: bigintAsNumber })
  fileBytes: number;
  /** Length of the file as it was sent; null where a version before this one accepted it, when both were the same. */
  @Column({ name: 'sent_bytes', type: 'bigint', transformer: bigintAsNumber, nullable: true })
  sentBytes: number | null;
  /** Lower-case hex, of the file as it was sent. */
  @Column({ name: 'file_sha256', type: 'text' })
  fileSha256: string;
  @Column({ name: 'storage_key', type: 'text' })
  storageKey: string;
  /** Changes whenever the stored file does. */
  @Column({ name: 'storage_version', type: 'text' })
  storageVersion: string;
  /** When the stored file was removed, long after the import was over; null while it is there. */
  @Column({ name: 'file_removed_at', type: 'timestamptz', nullable: true })
  fileRemovedAt: Date | null;
  @Column({ type: 'jsonb' })
  dialect: Dialect;
  @Column({ name: 'rule_set', type: 'jsonb' })
  ruleSet: RuleSet;
  @Column({ name: 'dry_run', type: 'boolean' })
  dryRun: boolean;
  @Column({ name: 'on_duplicate', type: 'text' })
  onDuplicate: DuplicatePolicy;
  @Column({ name: 'max_rejects', type: 'integer', nullable: true })
  maxRejects: number | null;
  @Column({ name: 'request_id', type: 'text' })
  requestId: string;
  /** Who brought it; null where nobody has to sign in. */
  @Column({ name: 'user_name', type: 'text', nullable: true })
  userName: string | null;
  /** W3C `traceparent` of the span that accepted it; null where that was not traced. */
  @Column({ type: 'text', nullable: true })
  traceparent: string | null;
  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
  /** Since when it waits for a worker, or waited last. */
  @Column({ name: 'queued_at', type: 'timestamptz', default: () => 'now()' })
  queuedAt: Date;
  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;
  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;
  @Column({ type: 'jsonb', nullable: true })
  failure: Failure | null;
  /** When somebody asked for its orders to be removed, and when that was done. */
  @Column({ name: 'undo_requested_at', type: 'timestamptz', nullable: true })
  undoRequestedAt: Date | null;
  @Column({ name: 'undone_at', type: 'timestamptz', nullable: true })
  undoneAt: Date | null;
  /** Orders removed so far. */
  @Column({ name: 'orders_removed', type: 'bigint', transformer: bigintAsNumber, default: 0 })
  ordersRemoved: number;
}
