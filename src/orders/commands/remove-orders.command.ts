import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ClientBase, CustomTypesConfig } from 'pg';
import { countsOfGone, NOTE_COUNTS } from '../counts/order-counts.js';
import { goneColumns, goneOrders, type GoneOrder } from '../storing/gone-order.js';

const AS_TEXT = { getTypeParser: () => String } as CustomTypesConfig;

/** Removes orders of an import within the client's transaction, at most `limit` of them. Returns what they were. */
export class RemoveOrdersCommand extends Command<GoneOrder[]> {
  constructor(
    readonly client: ClientBase,
    readonly importId: string,
    readonly limit: number,
  ) {
    super();
  }
}

@CommandHandler(RemoveOrdersCommand)
export class RemoveOrdersHandler implements ICommandHandler<RemoveOrdersCommand> {
  async execute({ client, importId, limit }: RemoveOrdersCommand): Promise<GoneOrder[]> {
    const { rows } = await client.query({
      text: `DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE import_id = $1 ORDER BY id LIMIT $2)
        RETURNING ${goneColumns('coalesce(original_id, id)')}`,
      values: [importId, limit],
      rowMode: 'array',
      types: AS_TEXT,
    });
    const gone = goneOrders(rows as (string | null)[][]);
    if (gone.length > 0) await client.query(NOTE_COUNTS, [JSON.stringify(countsOfGone(gone))]);
    return gone;
  }
}
