import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { ClientBase } from 'pg';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { RemoveOrdersCommand } from '../../orders/index.js';
import { AwaitedPublisher } from '../../shared/awaited-publisher.js';
import { inTransaction } from '../../shared/in-transaction.js';
import { OrdersRemoved } from '../events.js';
import { INSERT_REJECTS, rejectsOfRemoved } from './gone-orders.js';

interface Undone {
  readonly revision: string;
  readonly undo_requested_at: Date;
  readonly orders_removed: string;
  readonly undone_at: Date | null;
}

/**
 * Removes the orders of imports that somebody undid, in chunks. The lock of a chunk's transaction is its lease: it
 * ends with the worker, and whoever comes next goes on with what is still there.
 */
@Injectable()
export class UndoRunner {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    private readonly commands: CommandBus,
    private readonly events: AwaitedPublisher,
  ) {}

  /** Until there is nothing to remove that nobody else is at, or until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const removed = await inTransaction(this.database, (client) => this.removeChunk(client));
      if (!removed) return;
      await this.events.publish(removed);
    }
  }

  private async removeChunk(client: ClientBase): Promise<OrdersRemoved | null> {
    const { chunkRecords, leaseMs } = this.config.imports;
    // A worker that stands still must not keep the others out.
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${leaseMs}`);
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM imports WHERE undo_requested_at IS NOT NULL AND undone_at IS NULL
       ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1`,
    );
    const [undone] = rows;
    if (!undone) return null;
    const removed = await this.commands.execute(new RemoveOrdersCommand(client, undone.id, chunkRecords));
    await client.query(INSERT_REJECTS, [JSON.stringify(rejectsOfRemoved(removed))]);
    const updated = await client.query<Undone>(
      `UPDATE imports SET orders_removed = orders_removed + $2,
         undone_at = CASE WHEN $3 THEN clock_timestamp() END
       WHERE id = $1 RETURNING revision, undo_requested_at, orders_removed, undone_at`,
      [undone.id, removed.length, removed.length < chunkRecords],
    );
    const [now] = updated.rows as [Undone];
    const { undo_requested_at: requestedAt, undone_at: undoneAt } = now;
    return new OrdersRemoved(undone.id, Number(now.revision), requestedAt, Number(now.orders_removed), undoneAt);
  }
}
