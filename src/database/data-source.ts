import pg from 'pg';
import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';
import { ImportEntity, ImportStatusEntity, RejectEntity, SegmentEntity } from '../imports/index.js';
import { OrderEntity } from '../orders/index.js';
import { FirstTables1763800000000 } from './migrations/1763800000000-first-tables.js';
import { ControlOfImports1763890000000 } from './migrations/1763890000000-control-of-imports.js';
import { KeptFiles1764020000000 } from './migrations/1764020000000-kept-files.js';
import { ListOfImports1764030000000 } from './migrations/1764030000000-list-of-imports.js';
import { RejectsWithoutAnOrder1764000000000 } from './migrations/1764000000000-rejects-without-an-order.js';
import { DialectsOfFiles1764010000000 } from './migrations/1764010000000-dialects-of-files.js';
import { SearchAndCounts1764025000000 } from './migrations/1764025000000-search-and-counts.js';
import { TracesOfImports1764040000000 } from './migrations/1764040000000-traces-of-imports.js';
import { WatchedWorkers1764050000000 } from './migrations/1764050000000-watched-workers.js';
import { UsersOfImports1764060000000 } from './migrations/1764060000000-users-of-imports.js';
import { SegmentsAndOptions1763990000000 } from './migrations/1763990000000-segments-and-options.js';
import { tracedQuery } from '../shared/tracing/traced-query.js';

/** Any number; the same in every process, so that only one migrates at a time. */
const MIGRATION_LOCK = 4_891_220_117;

/**
 * A connection whose end is never an uncaught error. Pool and TypeORM listen for one, but not in the moment in which
 * the one hands it to the other; what is asked of it afterwards fails by itself. What it is asked is a span of the
 * trace that is under way.
 */
class LastingClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
    const ask = this.query.bind(this) as (...query: unknown[]) => unknown;
    this.query = ((...query: unknown[]) => {
      const text = statementOf(query[0]);
      // What is no statement with a promise of its rows, such as a stream, is nothing to wait for.
      if (text === null || typeof query.at(-1) === 'function') return ask(...query);
      return tracedQuery(
        text.split(/\s/, 1)[0]!,
        () => text,
        () => ask(...query) as Promise<unknown>,
      );
    }) as typeof this.query;
  }
}

/** The text of a statement; null for what sends itself. */
function statementOf(query: unknown): string | null {
  if (typeof query === 'string') return query;
  const { text, submit } = query as { text?: unknown; submit?: unknown };
  return typeof text === 'string' && submit === undefined ? text : null;
}

/**
 * How a process connects to PostgreSQL.
 *
 * @param statementMs longest statement, milliseconds; 0 for no limit
 */
export function dataSourceOptions(
  url: string,
  pool: number,
  applicationName: string,
  statementMs = 0,
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName,
    entities: [OrderEntity, ImportEntity, SegmentEntity, ImportStatusEntity, RejectEntity],
    migrations: [
      FirstTables1763800000000,
      ControlOfImports1763890000000,
      SegmentsAndOptions1763990000000,
      RejectsWithoutAnOrder1764000000000,
      DialectsOfFiles1764010000000,
      KeptFiles1764020000000,
      SearchAndCounts1764025000000,
      ListOfImports1764030000000,
      TracesOfImports1764040000000,
      WatchedWorkers1764050000000,
      UsersOfImports1764060000000,
      // For a later version: `byte_length` of `unstored_rejects` and of the view `rejects`. Nothing here touches it any more,
      // but processes of the version before write and read it while they are replaced.
    ],
    extra: {
      Client: LastingClient,
      max: pool,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      statement_timeout: statementMs,
    },
    // What fails is thrown, and logged by whoever catches it. TypeORM would print the parameters too: customers' data.
    logging: false,
  };
}

/** Brings the tables up to date. Several processes may call it at once: one works, the others wait for it. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const migrations = new MigrationExecutor(dataSource, runner);
    migrations.transaction = 'all';
    await migrations.executePendingMigrations();
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.query('RESET statement_timeout').catch(() => undefined);
    await runner.release();
  }
}
