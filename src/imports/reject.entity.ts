import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../shared/bigint-column.js';

/** Outcomes of a record that is not valid. */
export const REJECT_OUTCOMES = ['invalid', 'duplicate', 'malformed'] as const;
export type RejectOutcome = (typeof REJECT_OUTCOMES)[number];

/**
 * A record that is not valid, with the reasons as codes. Written by COPY, read through this. An invalid record that is
 * stored as an order has no row of its own: see `RejectFinder`.
 */
@Entity('unstored_rejects')
export class RejectEntity {
  @PrimaryColumn({ name: 'import_id', type: 'uuid' })
  importId: string;
  /** Number of the record in its file, from 1. */
  @PrimaryColumn({ type: 'bigint', transformer: bigintAsNumber })
  record: number;
  /** Physical line on which the record begins; the header is line 1. */
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  line: number;
  @Column({ type: 'text' })
  outcome: RejectOutcome;
  /** The violated rules of an invalid record, the malformation of a malformed one, nothing for a duplicate. */
  @Column({ type: 'text', array: true })
  reasons: string[];
  /** Parameters of a malformation. */
  @Column({ type: 'jsonb', nullable: true })
  params: Record<string, string | number> | null;
  /** The id that the record came with; null where it could not be read. */
  @Column({ name: 'order_id', type: 'bigint', nullable: true, transformer: bigintAsNumber })
  orderId: number | null;
  /**
   * Where the record's bytes stand in the file; the line end is not counted. Null for a record that is or was an
   * order.
   */
  @Column({ name: 'byte_offset', type: 'bigint', nullable: true, transformer: bigintAsNumber })
  byteOffset: number | null;
}
