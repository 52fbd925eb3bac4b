import type { Destination } from './order-batch.js';
import { OrderDraft, type OrderColumn, type RecordFields } from './order-draft.js';

/** Reads where single records go, for whoever cuts a file between two of them. */
export class DestinationReader {
  private readonly draft: OrderDraft;

  constructor(columns: Readonly<Record<OrderColumn, number>>) {
    this.draft = new OrderDraft(columns);
  }

  /** The destination as `same_destination` compares it, or null where the record is malformed. */
  read(fields: RecordFields): Destination | null {
    return this.draft.read(fields) ? null : { state: this.draft.state, zipcode: this.draft.writtenZipcode };
  }
}
