import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { inTransaction } from '../../shared/in-transaction.js';
import { isTimedOut } from '../../shared/passing-fault.js';
import { SUM_OF_COUNTS } from '../counts/order-counts.js';

/** Any number; the same in every process, so that only one of them works. */
const TIDY_LOCK = 7_230_118_862;
/** Longest time for the index at once, milliseconds; what was merged by then is merged, and the rest waits. */
const MERGE_MS = 5_000;

/**
 * Does what is put off while orders are stored: adds the noted counts up, and merges the new entries of the index
 * `orders_search` into it. Answers are right without it, and take longer and longer.
 *
 * @see OrderCounts
 */
export class TidyOrdersCommand extends Command<void> {
  /** @param areEntriesMerged takes seconds of the server's time after a large import, so not always */
  constructor(readonly areEntriesMerged: boolean) {
    super();
  }
}

@CommandHandler(TidyOrdersCommand)
export class TidyOrdersHandler implements ICommandHandler<TidyOrdersCommand> {
  constructor(private readonly database: DataSource) {}

  async execute({ areEntriesMerged }: TidyOrdersCommand): Promise<void> {
    await this.addUp();
    if (areEntriesMerged) await this.merge();
  }

  private async addUp(): Promise<void> {
    const [{ notes }] = (await this.database.query('SELECT count(*)::int AS notes FROM order_counts')) as [
      { notes: number },
    ];
    if (notes < 2) return;
    await inTransaction(this.database, async (client) => {
      const { rows } = await client.query<{ mine: boolean }>(`SELECT pg_try_advisory_xact_lock(${TIDY_LOCK}) AS mine`);
      if (!rows[0]!.mine) return;
      await client.query(`
        WITH order_counts AS (DELETE FROM order_counts RETURNING counts), sums AS (${SUM_OF_COUNTS})
        INSERT INTO order_counts (counts) SELECT coalesce(jsonb_object_agg(key, count), '{}') FROM sums`);
    });
  }

  private async merge(): Promise<void> {
    try {
      await inTransaction(this.database, async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${MERGE_MS}`);
        await client.query(`SELECT gin_clean_pending_list('orders_search')`);
      });
    } catch (error) {
      if (!isTimedOut(error)) throw error;
    }
  }
}
