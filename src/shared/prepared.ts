import type { Pool, QueryResultRow } from 'pg';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { tracedQuery } from './tracing/traced-query.js';

/** A statement, which PostgreSQL parses once on each connection where it has a name. */
export interface Prepared {
  /** Known to the whole process; the same name is the same text. */
  readonly name?: string;
  readonly text: string;
}

/** Big integers, ours stay below 2^53, as numbers; dates as the text that they are. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.DATE, String],
]);
/** How node-postgres is to read rows. */
const TYPES = {
  getTypeParser: ((oid: number, format: 'text') => PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format)) as never,
};

/**
 * Rows as PostgreSQL names their columns, by a connection of TypeORM's pool. For what is read thousands of times a second:
 * TypeORM writes the statement anew for every call and makes an entity of every row, which costs more than the query.
 */
export async function rowsOf<R>(
  database: DataSource,
  { name, text }: Prepared,
  values: readonly unknown[],
): Promise<R[]> {
  const { master } = database.driver as unknown as { master: Pool };
  const statement = { ...(name === undefined ? {} : { name }), text, values: [...values], types: TYPES };
  const ask = () => master.query<R & QueryResultRow>(statement);
  return (await tracedQuery(name ?? 'SELECT', () => text, ask)).rows;
}
