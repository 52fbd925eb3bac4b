import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Destination, RuleCode } from '../orders/index.js';
import { bigintAsNumber } from '../shared/bigint-column.js';
import type { Position } from './csv/record-reader.js';

/**
 * What became of the records read so far. Absolute, never a difference. Of a single segment a number may be below
 * zero: an order of another segment that had to give way is taken off where its successor is added. The sums over an
 * import are right at every moment.
 */
export interface Totals {
  readonly valid: number;
  readonly invalid: number;
  readonly duplicate: number;
  readonly malformed: number;
  /** How many stored orders break each rule. */
  readonly violations: Readonly<Partial<Record<RuleCode, number>>>;
  /** How many records are malformed for each reason. */
  readonly malformations: Readonly<Record<string, number>>;
}

/** The place between two records where a segment begins. */
export interface SegmentBegin extends Position {
  /** Destination of the last record before it that is not malformed. */
  readonly destination: Destination | null;
}

/** The checkpoint of a segment of which nothing is read. */
export const checkpointAt = ({ offset, record, line, destination }: SegmentBegin) => ({
  nextByte: offset,
  nextRecord: record,
  nextLine: line,
  destination,
});

/** A byte range of a file that one worker owns at a time, with its checkpoint, its lease and its totals. */
@Entity('segments')
export class SegmentEntity {
  @PrimaryColumn({ name: 'import_id', type: 'uuid' })
  importId: string;
  @PrimaryColumn({ type: 'integer' })
  number: number;
  /** Where the segment begins. */
  @Column({ type: 'jsonb' })
  begin: SegmentBegin;
  /** End of the segment, bytes from the begin of the file. */
  @Column({ name: 'to_byte', type: 'bigint', transformer: bigintAsNumber })
  toByte: number;
  /** The checkpoint: everything before this byte, record and line is durably done. */
  @Column({ name: 'next_byte', type: 'bigint', transformer: bigintAsNumber })
  nextByte: number;
  @Column({ name: 'next_record', type: 'bigint', transformer: bigintAsNumber })
  nextRecord: number;
  @Column({ name: 'next_line', type: 'bigint', transformer: bigintAsNumber })
  nextLine: number;
  /** Destination of the last record before the checkpoint. */
  @Column({ type: 'jsonb', nullable: true })
  destination: Destination | null;
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
  @Column({ name: 'is_done', type: 'boolean' })
  isDone: boolean;
  @Column({ name: 'lease_owner', type: 'text', nullable: true })
  leaseOwner: string | null;
  /** Grows with every claim; a write behind an older token is refused. */
  @Column({ name: 'lease_token', type: 'bigint', transformer: bigintAsNumber })
  leaseToken: number;
  @Column({ name: 'lease_expires_at', type: 'timestamptz', nullable: true })
  leaseExpiresAt: Date | null;
  /** Claims since the last chunk was committed. */
  @Column({ name: 'fruitless_claims', type: 'integer' })
  fruitlessClaims: number;
}
