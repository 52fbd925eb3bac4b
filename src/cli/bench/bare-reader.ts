import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { Pool, types } from 'pg';

/**
 * The reference of reading: a bare Fastify server over node-postgres that answers the rows as they are, by
 * statements that are prepared as ours are, and a pool of the same size. Its arguments: the database's address and the pool.
 */
const [connectionString, max] = process.argv.slice(2) as [string, string];

const COLUMNS =
  'id, name, email, state, zipcode, birthday, valid, violations, import_id AS "importId", record, line, ' +
  'original_id AS "originalId"';
/** Numbers as numbers and dates as the text that they are, as the API answers them. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, Number],
  [types.builtins.DATE, String],
]);

const pool = new Pool({
  connectionString,
  max: Number(max),
  types: { getTypeParser: ((oid: number) => PARSERS.get(oid) ?? types.getTypeParser(oid)) as never },
});
const server = Fastify();

server.get<{ Params: { id: string } }>('/orders/:id', async ({ params }, reply) => {
  const text = `SELECT ${COLUMNS} FROM orders WHERE id = $1`;
  const { rows } = await pool.query<{ id: number }>({ name: 'order', text, values: [params.id] });
  return rows[0] ?? reply.code(404).send({});
});

server.get<{ Querystring: { limit: string; after: string } }>('/orders', async ({ query }) => {
  const limit = Number(query.limit);
  const text = `SELECT ${COLUMNS} FROM orders WHERE id > $1 ORDER BY id LIMIT $2`;
  const { rows } = await pool.query<{ id: number }>({ name: 'page', text, values: [query.after, limit + 1] });
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? String(items.at(-1)!.id) : null };
});

await server.listen({ port: 0, host: '127.0.0.1' });
process.send?.(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}`);
process.once('disconnect', () => process.exit());
