import { finished } from 'node:stream/promises';
import { escapeLiteral, type Client, type ClientBase } from 'pg';
import { to as copyTo, type CopyToStreamQuery } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import type { Gathered } from './gathered.js';
import { isTimedOut } from './passing-fault.js';
import { tracedQuery } from './tracing/traced-query.js';

/** A statement with `$1`, `$2` … in it, and their values. */
export type Statement = readonly [sql: string, values: readonly unknown[]];

/**
 * Takes the rows of a query in the binary COPY format, which costs the server and us about half of what an ordinary
 * answer does. The connection is given back before anything is done with them, so that nobody who is slow to take
 * them holds it. What runs into the time limit of queries is asked again without one.
 *
 * @param into what was in it is taken away
 * @param mostBytes where there are more, the rest is left: the last row may then be a part of one
 */
export async function copyOut(
  database: DataSource,
  statement: Statement,
  into: Gathered,
  mostBytes: number,
): Promise<void> {
  const copy = (isPatient: boolean) =>
    onConnection(database, async (client) => {
      if (isPatient) await client.query('SET statement_timeout = 0');
      const isWhole = await copyFrom(client, statement, into, mostBytes);
      // There is no other way to stop the server; the pool opens another connection, with the settings of all.
      if (!isWhole || isPatient) void client.end();
    });
  try {
    await copy(false);
  } catch (error) {
    if (!isTimedOut(error)) throw error;
    await copy(true);
  }
}

/** All rows of a query that are few, in the same format, within the time limit of queries. */
export const copyFew = (database: DataSource, statement: Statement): Promise<Buffer> =>
  onConnection(database, (client) => copyFewOn(client, statement));

/** The same on a connection with which nothing else is done meanwhile. */
export async function copyFewOn(client: ClientBase, statement: Statement): Promise<Buffer> {
  const rows = startCopy(client, statement);
  const pieces: Buffer[] = [];
  rows.on('data', (piece: Buffer) => pieces.push(piece));
  await tracedQuery(
    'COPY',
    () => statement[0],
    () => finished(rows),
  );
  return Buffer.concat(pieces);
}

async function onConnection<T>(database: DataSource, work: (client: Client) => Promise<T>): Promise<T> {
  const runner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as Client;
    return await work(client).catch((error: unknown) => {
      // It may be about to go, and must not be the next one's.
      void client.end();
      throw error;
    });
  } finally {
    await runner.release();
  }
}

/** Returns whether all rows were taken. */
async function copyFrom(client: Client, statement: Statement, into: Gathered, mostBytes: number): Promise<boolean> {
  into.clear();
  for await (const piece of startCopy(client, statement) as AsyncIterable<Buffer>) {
    into.add(piece);
    if (into.bytes > mostBytes) return false;
  }
  return true;
}

function startCopy(client: ClientBase, statement: Statement): CopyToStreamQuery {
  const rows = client.query(copyTo(`COPY (${withLiterals(statement)}) TO STDOUT (FORMAT binary)`));
  // It may tell of the connection's end also when it is left.
  rows.on('error', () => undefined);
  return rows;
}

/** COPY takes no parameters. What stands for them is escaped as PostgreSQL's own library does it. */
const withLiterals = ([sql, values]: Statement): string =>
  sql.replaceAll(/\$(\d+)/g, (_all, number: string) => literal(values[Number(number) - 1]));

function literal(value: unknown): string {
  if (typeof value === 'string') return escapeLiteral(value);
  if (typeof value === 'number' || typeof value === 'boolean') return escapeLiteral(String(value));
  if (value instanceof Date) return escapeLiteral(value.toISOString());
  if (value === null) return 'NULL';
  throw new TypeError(`A COPY takes no ${typeof value}.`);
}
