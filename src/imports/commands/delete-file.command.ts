import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource, type EntityManager } from 'typeorm';
import { STORAGE, type Storage } from '../../shared/storage/index.js';
import { ActionNotAllowed, UnknownImport } from '../errors.js';
import { FINAL_STATES, type ImportState } from '../import-state.js';
import { forgetTrial } from '../trial-orders.js';

/**
 * Removes the stored file of an import now, and what the database quotes of it: its name, names of columns, values that
 * made records malformed. Orders stay. Repeated, it changes nothing. Throws UnknownImport, or ActionNotAllowed while the
 * import is not over.
 */
export class DeleteFileCommand extends Command<void> {
  constructor(readonly importId: string) {
    super();
  }
}

@CommandHandler(DeleteFileCommand)
export class DeleteFileHandler implements ICommandHandler<DeleteFileCommand> {
  constructor(
    private readonly database: DataSource,
    @Inject(STORAGE) private readonly storage: Storage,
  ) {}

  async execute({ importId }: DeleteFileCommand): Promise<void> {
    await this.database.transaction(async (manager) => {
      const key = await lockEndedImport(manager, importId);
      await forgetContent(manager, importId);
      await forgetTrial(manager, importId);
      // Last: a file that is gone and not yet noted as gone is removed again, by whoever repeats this.
      await this.storage.remove(key);
    });
  }
}

/** The storage key of an import that is over, and that nobody sets going for the rest of the transaction. */
async function lockEndedImport(manager: EntityManager, importId: string): Promise<string> {
  const [found] = (await manager.query('SELECT state, storage_key FROM imports WHERE id = $1 FOR NO KEY UPDATE', [
    importId,
  ])) as { state: ImportState; storage_key: string }[];
  if (!found) throw new UnknownImport(importId);
  if (!(FINAL_STATES as readonly ImportState[]).includes(found.state)) {
    throw new ActionNotAllowed('delete-file', found.state);
  }
  return found.storage_key;
}

/** The status too, and not by an event: an event that is lost would leave a name behind. */
async function forgetContent(manager: EntityManager, importId: string): Promise<void> {
  const statements = [
    `UPDATE imports SET file_name = NULL, file_removed_at = coalesce(file_removed_at, clock_timestamp()),
       dialect = jsonb_set(dialect, '{header}', '[]') WHERE id = $1`,
    `UPDATE import_status SET file_name = NULL, ignored_columns = '[]' WHERE import_id = $1`,
    `UPDATE segments SET destination = NULL, begin = jsonb_set(begin, '{destination}', 'null') WHERE import_id = $1`,
    `UPDATE unstored_rejects SET params = jsonb_set(params, '{value}', '"…"') WHERE import_id = $1 AND params ? 'value'`,
  ];
  for (const statement of statements) await manager.query(statement, [importId]);
}
