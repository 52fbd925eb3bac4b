import type { ClientBase } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/** Works within a transaction on a connection of its own, with node-postgres itself. */
export async function inTransaction<T>(database: DataSource, work: (client: ClientBase) => Promise<T>): Promise<T> {
  const runner: QueryRunner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    await client.query('BEGIN');
    try {
      const result = await work(client);
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
