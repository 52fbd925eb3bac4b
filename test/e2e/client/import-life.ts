// What an integrator writes: compiled under strict TypeScript against the client that is generated from
// docs/openapi.json, beside it, and run by generated-client.test.ts.
import { createClient } from './generated/client/index.js';
import * as api from './generated/index.js';
import type { Import, Order, Problem, Reject, SomeOfOrder } from './generated/index.js';

type Client = ReturnType<typeof createClient>;

export const connect = (baseUrl: string): Client => createClient({ baseUrl, headers: { 'Accept-Language': 'es' } });

/** The data of an answer; throws the title of the problem that came instead, which has its type. */
async function good<T>(answer: Promise<{ data?: T; error?: Problem }>): Promise<T> {
  const { data, error } = await answer;
  if (data === undefined) throw new Error(error?.title ?? 'no answer');
  return data;
}

/** Watches an import by its events until it is over. */
export async function watch(client: Client, id: string): Promise<Import['state'][]> {
  const states: Import['state'][] = [];
  const { stream } = await api.watchImport({ client, path: { id } });
  // The client reads the JSON of each event.
  for await (const event of stream) states.push((event as unknown as Import).state);
  return states;
}

/** Asks until an import is over. */
export async function poll(client: Client, id: string): Promise<Import> {
  for (;;) {
    const found = await good(api.getImport({ client, path: { id } }));
    if (['completed', 'failed', 'cancelled'].includes(found.state)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const uploadForm = (client: Client, file: Blob): Promise<Import> =>
  good(api.startImport({ client, body: { file }, headers: { 'Idempotency-Key': 'form-1' } }));

/** The file as the body itself. Generators know one kind of body an operation, so the address is written here. */
export const uploadRaw = (client: Client, file: Blob, query: api.StartImportData['query'] = {}): Promise<Import> =>
  good(
    client.post<api.StartImportResponses, api.StartImportErrors>({
      url: '/acme_orders/api/v1/imports',
      query,
      body: file,
      bodySerializer: null,
      headers: { 'Content-Type': 'text/csv' },
    }),
  );

/** All orders of an import, a page of two at a time. */
export async function pages(client: Client, importId: string): Promise<SomeOfOrder[][]> {
  const all: SomeOfOrder[][] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await good(api.listOrders({ client, query: { importId, limit: 2, cursor } }));
    all.push(items);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

export const rejects = async (client: Client, id: string): Promise<Reject[]> =>
  (await good(api.listRejects({ client, path: { id }, query: { limit: 10 } }))).items;

export const rejectsFile = (client: Client, id: string): Promise<string> =>
  good(api.exportRejects({ client, path: { id } }));

export const exported = async (client: Client, importId: string): Promise<Order[]> => {
  const text: string = await good(api.exportOrders({ client, query: { importId }, parseAs: 'text' }));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Order);
};

export const control = {
  pause: (client: Client, id: string) => good(api.pauseImport({ client, path: { id } })),
  resume: (client: Client, id: string) => good(api.resumeImport({ client, path: { id } })),
  cancel: (client: Client, id: string) => good(api.cancelImport({ client, path: { id } })),
  retry: (client: Client, id: string) => good(api.retryImport({ client, path: { id } })),
  start: (client: Client, id: string) => good(api.startDryRun({ client, path: { id } })),
  undo: (client: Client, id: string) => good(api.undoImport({ client, path: { id } })),
};

/** The problems that come for what cannot be; each is typed by the statuses of its operation. */
export async function problems(client: Client): Promise<(Problem | undefined)[]> {
  const id = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
  const { error: unknown } = await api.getImport({ client, path: { id } });
  const { error: refused } = await api.startImport({ client, body: { file: new Blob(['%PDF-']) } });
  const { error: wrong } = await api.listOrders({ client, query: { limit: 0 } });
  const typed: api.GetImportErrors[404] | undefined = unknown;
  return [typed, refused, wrong];
}
