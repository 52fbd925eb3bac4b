import type { EntityManager } from 'typeorm';
import { ActionNotAllowed, SourceFileRemoved, UnknownImport } from '../errors.js';
import { ACTIONS, type ImportAction, type ImportState } from '../import-state.js';

/** An import whose state nobody else changes for the rest of the transaction. */
export interface LockedImport {
  readonly state: ImportState;
  readonly dryRun: boolean;
  readonly undoRequestedAt: Date | null;
  /** That of its next change. */
  readonly nextRevision: number;
  /** By the database's clock. */
  readonly now: Date;
}

interface LedgerRow {
  readonly state: ImportState;
  readonly dry_run: boolean;
  readonly undo_requested_at: Date | null;
  readonly file_removed_at: Date | null;
  readonly revision: string;
  readonly now: Date;
}

/** Actions after which a worker reads the file on. */
const NEED_FILE: readonly ImportAction[] = ['resume', 'retry', 'start'];

/**
 * Locks an import to do something to it. Chunks under way go on: see `untilChunksEnded`.
 *
 * @throws UnknownImport, ActionNotAllowed where its state does not allow the action, or SourceFileRemoved where the
 * action would read the file
 */
export async function lockImport(
  manager: EntityManager,
  importId: string,
  action: ImportAction,
): Promise<LockedImport> {
  const [found] = (await manager.query(
    `SELECT state, dry_run, undo_requested_at, file_removed_at, revision, clock_timestamp() AS now
     FROM imports WHERE id = $1 FOR NO KEY UPDATE`,
    [importId],
  )) as LedgerRow[];
  if (!found) throw new UnknownImport(importId);
  const { from } = ACTIONS[action];
  if (!(from as readonly ImportState[]).includes(found.state)) throw new ActionNotAllowed(action, found.state);
  if (found.file_removed_at && NEED_FILE.includes(action)) throw new SourceFileRemoved(importId);
  return {
    state: found.state,
    dryRun: found.dry_run,
    undoRequestedAt: found.undo_requested_at,
    nextRevision: Number(found.revision) + 1,
    now: found.now,
  };
}
