import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { accepted, act, get, importOf, sql, upload } from '../support/client.js';
import { requestsForNothing, requestsOf, type FuzzRequest } from '../support/fuzz/requests.js';
import { asCurl, send } from '../support/fuzz/send.js';
import { Contract } from '../support/openapi/contract.js';
import { keptDocument, operationsOf } from '../support/openapi/document.js';
import { fileOf, record } from '../support/order-files.js';

// `npm run fuzz -- --requests N --seed N` is this test with more requests.
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 600);
const isLong = process.env.FUZZ_REQUESTS !== undefined;

const contract = new Contract(keptDocument());
const operations = operationsOf(contract.document);
const EACH = Math.ceil(REQUESTS / (operations.length + 1));

let app: App;
let importIds: string[];
/** How many answers of each status class each operation gave. */
const answered = new Map<string, Map<string, number>>();

beforeAll(async () => {
  app = await startApp({ env: { LOG_LEVEL: 'warn' } });
  const done = await importOf(
    app,
    fileOf(record(1), record(2, { state: 'PA' }), record(2), 'x|y', record('z'), record(3)),
  );
  const dry = await importOf(app, fileOf(record(10)), '?dryRun=true');
  const paused = await accepted(upload(app, fileOf(record(11))));
  await act(app, paused.id, 'pause');
  const failed = await importOf(app, fileOf(record(12), 'x'));
  await sql(app, `UPDATE imports SET state = 'failed', revision = revision + 1 WHERE id = $1`, [failed.id]);
  importIds = [done.id, dry.id, paused.id, failed.id];
});
afterAll(async () => {
  await app?.stop();
  if (isLong) report();
});

/**
 * Sends requests until one is answered in a way that the document does not tell of, and looks for the simplest that is.
 * Returns what is wrong with that answer and how to get it again; nothing where all is well.
 */
async function fuzz(name: string, requests: fc.Arbitrary<FuzzRequest>): Promise<string> {
  const counts = new Map<string, number>();
  answered.set(name, counts);
  const property = fc.asyncProperty(requests, async (request) => {
    const faults = await faultsOf(request, counts);
    if (faults.length > 0) throw new Error(`${faults.join('\n')}\nSeed ${SEED}. Again: ${asCurl(app.url, request)}`);
  });
  const { failed, errorInstance } = await fc.check(property, { seed: SEED, numRuns: EACH });
  if (isLong) process.stdout.write(`${name}: ${summary(counts)}\n`);
  return failed ? String(errorInstance) : '';
}

async function faultsOf(request: FuzzRequest, counts: Map<string, number>): Promise<string[]> {
  const answer = await send(app.url, request).catch((error: Error) => error);
  if (answer instanceof Error) return [`no answer: ${answer.message}`];
  const kind = `${Math.floor(answer.status / 100)}xx`;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  // PostgreSQL and the storage are there all the time, so also 503 and 507 would be faults.
  if (answer.status >= 500) return [`${answer.status}: ${answer.body}`];
  return isOurs(answer.path) ? contract.faultsOfAnswer(answer) : [];
}

/** Whether an address is one of the document's, or none at all; the page and Swagger UI answer as they like. */
const isOurs = (path: string): boolean => /^\/(acme_orders\/api\/v1\/|health|metrics)/.test(path);
const summary = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');

function report(): void {
  const total = new Map<string, number>();
  for (const counts of answered.values()) {
    for (const [kind, count] of counts) total.set(kind, (total.get(kind) ?? 0) + count);
  }
  const sum = [...total.values()].reduce((a, b) => a + b, 0);
  process.stdout.write(`Seed ${SEED}, ${sum} requests: ${summary(total)}\n`);
}

describe('whatever is sent to', () => {
  it.each(operations)(
    '$name is answered as the document tells',
    async (operation) =>
      expect(await fuzz(operation.name, requestsOf(contract.document, operation, importIds))).toBe(''),
    60_000 + 200 * EACH,
  );

  it(
    'addresses that there are none of finds no fault',
    async () => expect(await fuzz('nothing', requestsForNothing)).toBe(''),
    60_000 + 200 * EACH,
  );
});

it('the service stands all of it: both processes are there and answer, and no error is in the log', async () => {
  expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
  expect((await get(app, '/orders?limit=1')).status).toBe(200);
  expect(app.firstApi.process.exitCode).toBeNull();
  expect(app.workers.size).toBe(1);
  const errors = app
    .log()
    .split('\n')
    .filter((line) => /"log.level":"(error|fatal)"/.test(line));
  expect(errors).toEqual([]);
});
