import type { EntityManager } from 'typeorm';
import { ActionNotAllowed, UnknownImport } from '../errors.js';
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

/**
 * Locks an import to do something to it. Chunks under way go on: see `untilChunksEnded`.
 *
 * @throws UnknownImport, or ActionNotAllowed where its state does not allow the action
 */
export async function lockImport(
  manager: EntityManager,
  importId: string,
  action: ImportAction,
): Promise<LockedImport> {
  const [found] = (await manager.query(
    `SELECT state, dry_run, undo_requested_at, revision, clock_timestamp() AS now
     FROM imports WHERE id = $1 FOR NO KEY UPDATE`,
    [importId],
  )) as { state: ImportState; dry_run: boolean; undo_requested_at: Date | null; revision: string; now: Date }[];
  if (!found) throw new UnknownImport(importId);
  const { from } = ACTIONS[action];
  if (!(from as readonly ImportState[]).includes(found.state)) throw new ActionNotAllowed(action, found.state);
  return {
    state: found.state,
    dryRun: found.dry_run,
    undoRequestedAt: found.undo_requested_at,
    nextRevision: Number(found.revision) + 1,
    now: found.now,
  };
}
