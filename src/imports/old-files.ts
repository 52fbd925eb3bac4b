import type { DataSource } from 'typeorm';
import type { Storage } from '../shared/storage/index.js';

/** Files removed at once: whoever waits for one of their imports waits so long. */
const BATCH = 100;

/**
 * Removes the files of imports that have been over for so many days. Their rejects stay listed. A file that is removed
 * and not yet noted as removed, because the process ended in between, is removed again.
 */
export async function removeOldFiles(database: DataSource, storage: Storage, days: number): Promise<void> {
  for (let removed = BATCH; removed === BATCH;) {
    removed = await database.transaction(async (manager) => {
      const over = (await manager.query(
        `SELECT id, storage_key AS key FROM imports
         WHERE file_removed_at IS NULL AND finished_at < clock_timestamp() - $1 * interval '1 day'
           AND state IN ('completed', 'failed', 'cancelled')
         ORDER BY finished_at LIMIT ${BATCH} FOR NO KEY UPDATE SKIP LOCKED`,
        [days],
      )) as { id: string; key: string }[];
      for (const { key } of over) await storage.remove(key);
      const ids = over.map(({ id }) => id);
      await manager.query('UPDATE imports SET file_removed_at = clock_timestamp() WHERE id = ANY($1)', [ids]);
      return over.length;
    });
  }
}
