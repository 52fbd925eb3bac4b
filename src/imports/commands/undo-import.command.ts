import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource, type EntityManager } from 'typeorm';
import { AwaitedPublisher } from '../../shared/awaited-publisher.js';
import { UndoRequested } from '../events.js';
import { Doorbell, untilChunksEnded } from '../job/index.js';
import { lockImport } from './locked-import.js';

/**
 * Removes the orders that an import stored: from now on it is cancelled, and a worker removes them in the background.
 * Orders that it replaced do not come back. Repeated, it changes nothing. Throws UnknownImport, or ActionNotAllowed
 * while the import is not over.
 */
export class UndoImportCommand extends Command<void> {
  constructor(readonly importId: string) {
    super();
  }
}

@CommandHandler(UndoImportCommand)
export class UndoImportHandler implements ICommandHandler<UndoImportCommand> {
  constructor(
    private readonly database: DataSource,
    private readonly events: AwaitedPublisher,
    private readonly doorbell: Doorbell,
  ) {}

  async execute({ importId }: UndoImportCommand): Promise<void> {
    const requested = await this.database.transaction((manager) => request(manager, importId));
    if (!requested) return;
    await untilChunksEnded(this.database, importId);
    await this.events.publish(requested);
    this.doorbell.ring(importId, requested.revision);
  }
}

/** Null where it was asked for before. */
async function request(manager: EntityManager, importId: string): Promise<UndoRequested | null> {
  const { nextRevision, undoRequestedAt, now } = await lockImport(manager, importId, 'undo');
  if (undoRequestedAt) return null;
  await manager.query(
    `UPDATE imports SET state = 'cancelled', revision = $2, undo_requested_at = $3, failure = NULL,
       finished_at = coalesce(finished_at, $3) WHERE id = $1`,
    [importId, nextRevision, now],
  );
  return new UndoRequested(importId, nextRevision, now);
}
