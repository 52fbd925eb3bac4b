import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource, type EntityManager } from 'typeorm';
import { AwaitedPublisher } from '../../shared/awaited-publisher.js';
import { ImportCancelled, ImportPaused, ImportQueuedAgain } from '../events.js';
import { ACTIONS } from '../import-state.js';
import { Doorbell, untilChunksEnded } from '../job/index.js';
import { lockImport } from './locked-import.js';

/** What an operator may do to an import that goes on, or is to go on, where it stands. */
export type ControlAction = 'cancel' | 'pause' | 'resume' | 'retry';

/**
 * Cancels, pauses, resumes or retries an import. It counts once this resolves: a worker that was at it has ended its
 * chunk, and begins no other. Throws UnknownImport, or ActionNotAllowed where the import's state does not allow it.
 */
export class ControlImportCommand extends Command<void> {
  constructor(
    readonly importId: string,
    readonly action: ControlAction,
  ) {
    super();
  }
}

@CommandHandler(ControlImportCommand)
export class ControlImportHandler implements ICommandHandler<ControlImportCommand> {
  constructor(
    private readonly database: DataSource,
    private readonly events: AwaitedPublisher,
    private readonly doorbell: Doorbell,
  ) {}

  async execute({ importId, action }: ControlImportCommand): Promise<void> {
    const { revision, now } = await this.database.transaction((manager) => change(manager, importId, action));
    if (action === 'cancel' || action === 'pause') {
      await untilChunksEnded(this.database, importId);
      await this.events.publish(
        action === 'cancel' ? new ImportCancelled(importId, revision, now) : new ImportPaused(importId, revision),
      );
    } else {
      await this.events.publish(new ImportQueuedAgain(importId, revision));
      this.doorbell.ring(importId, revision);
    }
  }
}

/** Writes the new state to the ledger. */
async function change(
  manager: EntityManager,
  importId: string,
  action: ControlAction,
): Promise<{ readonly revision: number; readonly now: Date }> {
  const { nextRevision: revision, now } = await lockImport(manager, importId, action);
  const { to } = ACTIONS[action];
  await manager.query(
    `UPDATE imports SET state = $2, revision = $3, finished_at = $4, failure = NULL,
       queued_at = CASE $2 WHEN 'queued' THEN now() ELSE queued_at END WHERE id = $1`,
    [importId, to, revision, to === 'cancelled' ? now : null],
  );
  // What failed for too many fruitless claims gets all of them again.
  if (action === 'retry')
    await manager.query('UPDATE segments SET fruitless_claims = 0 WHERE import_id = $1', [importId]);
  return { revision, now };
}
