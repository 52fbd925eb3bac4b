import type { ClientBase } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/**
 * Works within a transaction on a connection of its own, for what needs node-postgres itself, such as COPY.
 *
 * @param beforeCommit is called when the work is done and nothing of it is committed
 */
export async function inTransaction<T>(
  database: DataSource,
  work: (client: ClientBase) => Promise<T>,
  beforeCommit: () => void = () => undefined,
): Promise<T> {
  const runner: QueryRunner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    await client.query('BEGIN');
    try {
      const result = await work(client);
      beforeCommit();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that is broken cannot roll back, and need not.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  } finally {
    await runner.release();
  }
}
