import { afterAll, beforeAll, expect, it } from 'vitest';
import { linesAbout, startApp, type App } from '../support/app.js';
import { accepted, ended, get, sql, upload } from '../support/client.js';
import { startCollector, type Collector, type ReceivedSpan } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

let collector: Collector;
let app: App;
let importId: string;
beforeAll(async () => {
  collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: 'api-key=secret-of-a-test' };
  app = await startApp({ env });
  const headers = { traceparent: `00-${TRACE}-${CALLER}-01`, 'x-request-id': 'traced-request-1' };
  ({ id: importId } = await accepted(upload(app, fileOf(record(1), record(2)), '', headers)));
  await ended(app, importId);
  await get(app, '/orders?email=nobody@example.com', { traceparent: 'garbage' });
  await fetch(`${app.url}/health/ready`);
  await eventually('the worker has logged', () => app.log().includes('segment done'));
  await app.stop();
});
afterAll(() => collector.close());

const named = (name: string): ReceivedSpan[] => collector.spans.filter((span) => span.name === name);
const partsOf = (span: ReceivedSpan): ReceivedSpan[] =>
  collector.spans.filter(({ parentId }) => parentId === span.spanId);

it("a request's trace is followed through the API, the import and the worker", () => {
  const [request] = named('POST /acme_orders/api/v1/imports') as [ReceivedSpan];
  expect(request).toMatchObject({ traceId: TRACE, parentId: CALLER, kind: 2, service: 'acme-orders-api' });
  expect(request.attributes).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/acme_orders/api/v1/imports',
    'http.response.status_code': 202,
    'http.request.id': 'traced-request-1',
  });
  const [sent] = named('send imports') as [ReceivedSpan];
  expect(sent).toMatchObject({ traceId: TRACE, parentId: request.spanId, kind: 4 });
  const [run] = named('process imports') as [ReceivedSpan];
  expect(run).toMatchObject({ kind: 5, parentId: '', service: 'acme-orders-worker' });
  expect(run.links).toEqual([{ traceId: TRACE, spanId: sent.spanId }]);
  expect(run.traceId).not.toBe(TRACE);
  expect(run.attributes).toMatchObject({ 'import.id': importId, 'import.segment': 0 });
});

it('chunks and statements are parts of it, without values', () => {
  const [run] = named('process imports') as [ReceivedSpan];
  const [chunk] = named('import.chunk') as [ReceivedSpan];
  expect(chunk).toMatchObject({ traceId: run.traceId, parentId: run.spanId, attributes: { 'import.to_record': 2 } });
  const pipelines = partsOf(chunk).filter(({ name }) => name === 'PIPELINE');
  expect(pipelines.map(({ attributes }) => attributes['db.query.text']).join()).toMatch(/COPY .*;\nUPDATE segments/s);
  const [sent] = named('send imports') as [ReceivedSpan];
  const statements = partsOf(sent).filter(({ kind }) => kind === 3);
  expect(statements.map(({ name }) => name)).toEqual(expect.arrayContaining(['INSERT', 'COMMIT']));
  expect(collector.received().toString('latin1')).not.toMatch(/nobody@example|customer1@|secret-of-a-test/);
});

it('is in the log of both, by its ids', () => {
  const [request] = linesAbout(app.log(), { 'http.request.id': 'traced-request-1', message: 'request completed' });
  expect(request).toMatchObject({ 'trace.id': TRACE });
  const [done] = linesAbout(app.log(), { 'labels.import_id': importId, message: 'segment done' });
  const [run] = named('process imports') as [ReceivedSpan];
  expect(done).toMatchObject({ 'trace.id': run.traceId, 'span.id': run.spanId, 'http.request.id': 'traced-request-1' });
});

it('a trace begins where the caller names none that can be used, and probes begin none', () => {
  const [list] = named('GET /acme_orders/api/v1/orders') as [ReceivedSpan];
  expect(list.traceId).toMatch(/^[\da-f]{32}$/);
  expect(list.parentId).toBe('');
  expect(collector.spans.filter(({ name }) => name.includes('health'))).toEqual([]);
  expect(collector.headers()).toMatchObject({ 'api-key': 'secret-of-a-test' });
});

it('nothing is traced where no collector is set', async () => {
  const plain = await startApp();
  try {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-01` };
    const { id } = await accepted(upload(plain, fileOf(record(1)), '', headers));
    await ended(plain, id);
    expect(await sql(plain, 'SELECT traceparent FROM imports')).toEqual([{ traceparent: null }]);
    expect(plain.log()).not.toContain('trace.id');
  } finally {
    await plain.stop();
  }
});
