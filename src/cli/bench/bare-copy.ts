import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** Writes the orders of an import in file order as COPY's text, the form in which an expert would load them. */
export async function dumpOrders(client: Client, importId: string, path: string): Promise<void> {
  const id = client.escapeLiteral(importId);
  const rows = `SELECT * FROM orders WHERE import_id = ${id} ORDER BY record`;
  await pipeline(client.query(copyTo(`COPY (${rows}) TO STDOUT`)), createWriteStream(path));
}

/** The reference's table: empty, with the columns and indexes of `orders`, and left alone by autovacuum. */
export async function emptyBareTable(client: Client): Promise<void> {
  await client.query('DROP TABLE IF EXISTS bare_orders');
  await client.query('CREATE TABLE bare_orders (LIKE orders INCLUDING ALL) WITH (autovacuum_enabled = off)');
}

/** The reference: one connection copies clean rows into its table. Returns the milliseconds, the commit counted. */
export async function bareCopy(client: Client, path: string): Promise<number> {
  await client.query('CHECKPOINT');
  const startedAt = performance.now();
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    client.query(copyFrom('COPY bare_orders FROM STDIN')),
  );
  const ms = performance.now() - startedAt;
  await client.query('CHECKPOINT');
  return ms;
}
