import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../shared/bigint-column.js';

/** A stored order. Written by COPY (see StoreOrdersCommand), read through this. */
@Entity('orders')
export class OrderEntity {
  @PrimaryColumn({ type: 'bigint', transformer: bigintAsNumber })
  id: number;
  @Column({ name: 'import_id', type: 'uuid' })
  importId: string;
  /** Number of the record in its file, from 1. */
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  record: number;
  /** Physical line on which the record began. */
  @Column({ type: 'bigint', transformer: bigintAsNumber })
  line: number;
  /** yyyy-mm-dd */
  @Column({ type: 'date' })
  birthday: string;
  @Column({ type: 'boolean' })
  valid: boolean;
  @Column({ type: 'text' })
  name: string;
  @Column({ type: 'text' })
  email: string;
  /** Upper case. */
  @Column({ type: 'text' })
  state: string;
  /** Digits only. */
  @Column({ type: 'text' })
  zipcode: string;
  /** Codes of the rules that the order breaks. */
  @Column({ type: 'text', array: true })
  violations: string[];
  /** The id that it came with, where that was taken and `id` is one of ours (`reassign-id`); else null. */
  @Column({ name: 'original_id', type: 'bigint', nullable: true, transformer: bigintAsNumber })
  originalId: number | null;
}
