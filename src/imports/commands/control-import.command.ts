import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource, type EntityManager } from 'typeorm';
import { AwaitedPublisher } from '../../shared/awaited-publisher.js';
import { ActionNotAllowed, UnknownImport } from '../errors.js';
import { ImportCancelled, ImportPaused, ImportQueuedAgain } from '../events.js';
import { ACTIONS, type ImportAction, type ImportState } from '../import-state.js';
import { Doorbell } from '../job/index.js';

/**
 * Cancels, pauses, resumes or retries an import. It counts once this resolves; a worker that is at it stops within one
 * chunk. Throws UnknownImport, or ActionNotAllowed where the import's state does not allow it.
 */
export class ControlImportCommand extends Command<void> {
  constructor(
    readonly importId: string,
    readonly action: ImportAction,
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
    if (action === 'cancel') await this.events.publish(new ImportCancelled(importId, revision, now));
    else if (action === 'pause') await this.events.publish(new ImportPaused(importId, revision));
    else {
      await this.events.publish(new ImportQueuedAgain(importId, revision));
      this.doorbell.ring(importId, revision);
    }
  }
}

interface Changed {
  readonly revision: number;
  /** By the database's clock. */
  readonly now: Date;
}

/** Writes the new state to the ledger. */
async function change(manager: EntityManager, importId: string, action: ImportAction): Promise<Changed> {
  const { from, to } = ACTIONS[action];
  const [found] = (await manager.query(
    'SELECT state, revision, clock_timestamp() AS now FROM imports WHERE id = $1 FOR UPDATE',
    [importId],
  )) as { state: ImportState; revision: string; now: Date }[];
  if (!found) throw new UnknownImport(importId);
  if (!(from as readonly ImportState[]).includes(found.state)) throw new ActionNotAllowed(action, found.state);
  const revision = Number(found.revision) + 1;
  const finishedAt = to === 'cancelled' ? found.now : null;
  await manager.query('UPDATE imports SET state = $2, revision = $3, finished_at = $4, failure = NULL WHERE id = $1', [
    importId,
    to,
    revision,
    finishedAt,
  ]);
  // What failed for too many fruitless claims gets all of them again.
  if (action === 'retry')
    await manager.query('UPDATE segments SET fruitless_claims = 0 WHERE import_id = $1', [importId]);
  return { revision, now: found.now };
}
