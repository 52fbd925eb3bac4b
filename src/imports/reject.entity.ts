import { PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm';
import { bigintAsNumber } from '../shared/bigint-column.js';

/** Outcomes of a record that is not valid. */
export const REJECT_OUTCOMES = ['invalid', 'duplicate', 'malformed'] as const;
export type RejectOutcome = (typeof REJECT_OUTCOMES)[number];

/**
 * A record that is not valid, with the reasons as codes. Read only: a view of the invalid orders, and of the table
 * `unstored_rejects`, which has the records that are no order, and the invalid ones that are none any more.
 */
@ViewEntity({ name: 'rejects', synchronize: false })
export class RejectEntity {
  @PrimaryColumn({ name: 'import_id', type: 'uuid' })
  importId: string;
  /** Number of the record in its file, from 1. */
  @PrimaryColumn({ type: 'bigint', transformer: bigintAsNumber })
  record: number;
  /** Physical line on which the record begins; the header is line 1. */
  @ViewColumn({ transformer: bigintAsNumber })
  line: number;
  @ViewColumn()
  outcome: RejectOutcome;
  /** The violated rules of an invalid record, the malformation of a malformed one, nothing for a duplicate. */
  @ViewColumn()
  reasons: string[];
  /** Parameters of a malformation. */
  @ViewColumn()
  params: Record<string, string | number> | null;
  /** The id that the record came with; null where it could not be read. */
  @ViewColumn({ name: 'order_id', transformer: bigintAsNumber })
  orderId: number | null;
  /**
   * Where the record's bytes stand in the file; the line end is not counted. Null for a record that is or was an
   * order.
   */
  @ViewColumn({ name: 'byte_offset', transformer: bigintAsNumber })
  byteOffset: number | null;
  @ViewColumn({ name: 'byte_length', transformer: bigintAsNumber })
  byteLength: number | null;
}
