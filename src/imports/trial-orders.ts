import type { DataSource, EntityManager } from 'typeorm';

/** What a dry run remembered of its orders is needed no more. */
export async function forgetTrial(database: DataSource | EntityManager, importId: string): Promise<void> {
  await database.query('DELETE FROM trial_orders WHERE import_id = $1', [importId]);
}

/** Forgets the dry runs that are over. One that failed may be retried, and goes on with what it remembers. */
export async function forgetTrials(database: DataSource): Promise<void> {
  const over = (await database.query(
    `SELECT id FROM imports WHERE dry_run AND state IN ('completed', 'cancelled')
       AND EXISTS (SELECT 1 FROM trial_orders WHERE import_id = imports.id)`,
  )) as { id: string }[];
  for (const { id } of over) await forgetTrial(database, id);
}
