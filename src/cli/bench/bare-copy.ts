import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** Writes the stored orders to a file as COPY's text, the form in which an expert would load them. */
export async function dumpOrders(client: Client, path: string): Promise<void> {
  await pipeline(client.query(copyTo('COPY orders TO STDOUT')), createWriteStream(path));
}

/**
 * The reference: one connection copies the same clean rows into an empty table of the same columns and indexes.
 * Returns the milliseconds, the commit counted.
 */
export async function bareCopy(client: Client, path: string): Promise<number> {
  await client.query('DROP TABLE IF EXISTS bare_orders');
  await client.query('CREATE TABLE bare_orders (LIKE orders INCLUDING ALL)');
  await client.query('CHECKPOINT');
  const startedAt = performance.now();
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    client.query(copyFrom('COPY bare_orders FROM STDIN')),
  );
  const ms = performance.now() - startedAt;
  await client.query('DROP TABLE bare_orders');
  return ms;
}

/** An empty service, with the checkpoint of what went before behind it. */
export async function emptyTables(client: Client): Promise<void> {
  await client.query('TRUNCATE orders, rejects, imports CASCADE');
  await client.query('CHECKPOINT');
}
