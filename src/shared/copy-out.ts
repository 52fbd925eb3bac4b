import { escapeLiteral, type Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import type { Gathered } from './gathered.js';
import { isTimedOut } from './passing-fault.js';

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
    copyWith(database, isPatient, (client) => copyFrom(client, statement, into, mostBytes));
  try {
    await copy(false);
  } catch (error) {
    if (!isTimedOut(error)) throw error;
    await copy(true);
  }
}

/** @param isPatient whether there is no time limit */
async function copyWith(
  database: DataSource,
  isPatient: boolean,
  work: (client: Client) => Promise<boolean>,
): Promise<void> {
  const runner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as Client;
    if (isPatient) await client.query('SET statement_timeout = 0');
    const isWhole = await work(client).catch((error: unknown) => {
      // It may be about to go, and must not be the next one's.
      void client.end();
      throw error;
    });
    // There is no other way to stop the server; the pool opens another connection, with the settings of all.
    if (!isWhole || isPatient) void client.end();
  } finally {
    await runner.release();
  }
}

/** Returns whether all rows were taken. */
async function copyFrom(client: Client, statement: Statement, into: Gathered, mostBytes: number): Promise<boolean> {
  into.clear();
  const rows = client.query(copyTo(`COPY (${withLiterals(statement)}) TO STDOUT (FORMAT binary)`));
  // It may tell of the connection's end also when it is left.
  rows.on('error', () => undefined);
  for await (const piece of rows as AsyncIterable<Buffer>) {
    into.add(piece);
    if (into.bytes > mostBytes) return false;
  }
  return true;
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
