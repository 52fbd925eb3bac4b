import type { DataSource } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import { migrate } from '../../../src/database/data-source.js';
import { connectTo } from '../../support/context.js';
import { freshDatabase } from '../../support/database.js';

const opened: DataSource[] = [];
afterEach(() => Promise.all(opened.splice(0).map((database) => database.destroy())));

async function connect(url: string): Promise<DataSource> {
  const database = await connectTo(url);
  opened.push(database);
  return database;
}

/** Every column and index that the database has, and when each migration was noted. */
const shapeOf = async (database: DataSource): Promise<unknown> => ({
  columns: await database.query(
    `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY 1, 2`,
  ),
  indexes: await database.query(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`),
  migrations: await database.query('SELECT * FROM migrations ORDER BY id'),
});
const tablesOf = async (database: DataSource): Promise<string[]> => {
  const tables = (await database.query(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  )) as { name: string }[];
  return tables.map(({ name }) => name);
};

describe('the migrations', () => {
  it('make every table that an entity wants, with its columns', async () => {
    const database = await connect(await freshDatabase());
    expect(await database.showMigrations()).toBe(true);
    await migrate(database);
    expect(await database.showMigrations()).toBe(false);
    expect(await tablesOf(database)).toEqual([
      'idempotency_keys',
      'import_status',
      'imports',
      'migrations',
      'order_counts',
      'orders',
      'rejects',
      'secrets',
      'segments',
      'trial_orders',
      'unstored_rejects',
      'workers',
    ]);
    const { upQueries } = await database.driver.createSchemaBuilder().log();
    // Entities name no indexes, keys and defaults, nor columns that only SQL of ours touches; what COPY and updates rely on are the columns.
    const columns = upQueries
      .map(({ query }) => query)
      .filter((query) => /\b(ADD|ALTER) COLUMN|"\w+" TYPE\b/.test(query));
    expect(columns.filter((query) => !/DEFAULT/.test(query))).toEqual([]);
  });

  it('change nothing the second time', async () => {
    const database = await connect(await freshDatabase());
    await migrate(database);
    const before = await shapeOf(database);
    await migrate(database);
    expect(await shapeOf(database)).toEqual(before);
  });

  it('are run once when many processes start at once', async () => {
    const url = await freshDatabase();
    const processes = await Promise.all(Array.from({ length: 4 }, () => connect(url)));
    await Promise.all(processes.map(migrate));
    const noted = (await processes[0]!.query('SELECT name FROM migrations')) as unknown[];
    expect(noted).toHaveLength(processes[0]!.migrations.length);
  });

  it('let the others go on when one of them ends in the middle', async () => {
    const url = await freshDatabase();
    const [first, second] = [await connect(url), await connect(url)];
    await first.query('CREATE TABLE imports (a_table_in_the_way int)');
    await expect(migrate(first)).rejects.toThrow(/already exists/);
    // All or nothing: the table before it is not there either.
    expect(await tablesOf(first)).toEqual(['imports', 'migrations']);
    await first.query('DROP TABLE imports');
    await migrate(second);
    expect(await tablesOf(second)).toContain('import_status');
  });

  it('can be taken back, and run again', async () => {
    const database = await connect(await freshDatabase());
    await migrate(database);
    const before = await shapeOf(database);
    for (const _ of database.migrations) await database.undoLastMigration({ transaction: 'all' });
    expect(await tablesOf(database)).toEqual(['migrations']);
    await migrate(database);
    expect(await shapeOf(database)).toMatchObject({ ...(before as object), migrations: expect.anything() as unknown });
  });
});
