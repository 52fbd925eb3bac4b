import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Client } from 'pg';
import type { Import } from '../../src/imports/import.dto.js';
import type { Reject } from '../../src/imports/reject.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import type { Page } from '../../src/shared/http/paging.js';
import type { App } from './app.js';
import { eventually } from './eventually.js';

/** Asks for an address below the API. */
export const get = (app: App, path: string, headers: Record<string, string> = {}) =>
  fetch(`${app.api}${path}`, { headers });

/** The JSON of an answer, whatever its status. */
export const json = async <T>(answer: Promise<Response> | Response): Promise<T> => (await (await answer).json()) as T;

export const getProblem = (app: App, path: string, headers: Record<string, string> = {}): Promise<Problem> =>
  json(get(app, path, headers));

/** Sends content as a raw text/csv body. `query` begins with a question mark. */
export const upload = (app: App, content: BodyInit, query = '', headers: Record<string, string> = {}) =>
  fetch(`${app.api}/imports${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', ...headers },
    body: content,
  });

/** Sends a file from disk as a raw text/csv body. */
export const uploadFile = async (app: App, path: string, query = '') => upload(app, await openAsBlob(path), query);

/** Sends content as a form, as a browser does. */
export function uploadForm(app: App, content: BlobPart, name = 'orders.csv', field = 'file'): Promise<Response> {
  const form = new FormData();
  form.append(field, new Blob([content]), name);
  return fetch(`${app.api}/imports`, { method: 'POST', body: form });
}

export const getImport = (app: App, id: string): Promise<Import> => json(get(app, `/imports/${id}`));

/** Asks for an action upon an import: cancel, pause, resume or retry. */
export const act = (app: App, id: string, action: string, query = ''): Promise<Response> =>
  fetch(`${app.api}/imports/${id}/${action}${query}`, { method: 'POST' });

/** Waits until an import is in a final state, and returns it. */
export const ended = (app: App, id: string, ms = 60_000): Promise<Import> =>
  eventually(
    `import ${id} ends`,
    async () => {
      const found = await getImport(app, id);
      return ['completed', 'failed', 'cancelled'].includes(found.state) && found;
    },
    ms,
  );

/** The import that an answer accepted. Throws what a refused upload was answered. */
export async function accepted(answer: Promise<Response> | Response): Promise<Import> {
  const { status } = await answer;
  if (status !== 202) throw new Error(`${status}: ${await (await answer).text()}`);
  return json<Import>(answer);
}

/** Uploads content, waits for the end of its import, and returns that. Throws what a refused upload was answered. */
export const importOf = async (app: App, content: BodyInit, query = ''): Promise<Import> =>
  ended(app, (await accepted(upload(app, content, query))).id);

/** All items of a list, page by page along the `Link` header. `path` is below the API. */
export async function allOf<T>(app: App, path: string): Promise<T[]> {
  const items: T[] = [];
  let next: string | undefined = `${app.api}${path}`;
  while (next) {
    const answer: Response = await fetch(next);
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    items.push(...(await json<Page<T>>(answer)).items);
    const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    next = link && new URL(link, app.url).href;
  }
  return items;
}

export const rejectsOf = (app: App, id: string, query = ''): Promise<Reject[]> =>
  allOf(app, `/imports/${id}/rejects?limit=1000${query}`);

/** The stored orders of a filter as the export gives them. */
export async function* exported(app: App, query = ''): AsyncGenerator<Order> {
  const answer = await get(app, `/orders/export${query}`, { accept: 'application/x-ndjson' });
  if (!answer.ok || !answer.body) throw new Error(`${answer.status}: ${await answer.text()}`);
  for await (const line of createInterface({ input: Readable.fromWeb(answer.body as ReadableStream) })) {
    yield JSON.parse(line) as Order;
  }
}

/** The digest of stored orders, made as the oracle of a generated file makes it. Throws if an id is there twice. */
export async function digestOf(app: App, query = ''): Promise<{ orders: number; sum: string }> {
  const ids = new Set<number>();
  let sum = 0n;
  for await (const { id, name, email, state, zipcode, birthday, valid, violations } of exported(app, query)) {
    if (ids.has(id)) throw new Error(`order ${id} is there twice`);
    ids.add(id);
    const line = [id, name, email, state, zipcode, birthday, valid, violations.toSorted().join(',')].join('|');
    sum = BigInt.asUintN(64, sum + createHash('sha1').update(line).digest().readBigUInt64BE(0));
  }
  return { orders: ids.size, sum: sum.toString() };
}

/** Asks the database behind a service. */
export async function sql<T extends object = Record<string, unknown>>(
  app: Pick<App, 'databaseUrl'>,
  text: string,
  values: unknown[] = [],
): Promise<T[]> {
  const client = new Client({ connectionString: app.databaseUrl });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as T[];
  } finally {
    await client.end();
  }
}

/** Does something while nobody can store an order: whoever is about to waits. */
export async function whileOrdersAreLocked<T>(app: Pick<App, 'databaseUrl'>, work: () => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: app.databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN; LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE');
    return await work();
  } finally {
    // Ends the transaction too.
    await client.end();
  }
}
