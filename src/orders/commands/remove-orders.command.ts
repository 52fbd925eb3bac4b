import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ClientBase } from 'pg';

/** Removes orders of an import within the client's transaction, at most `limit` of them. Returns how many. */
export class RemoveOrdersCommand extends Command<number> {
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
  async execute({ client, importId, limit }: RemoveOrdersCommand): Promise<number> {
    const { rowCount } = await client.query(
      `DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE import_id = $1 ORDER BY id LIMIT $2)`,
      [importId, limit],
    );
    return rowCount ?? 0;
  }
}
