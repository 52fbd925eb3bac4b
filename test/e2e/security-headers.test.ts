import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { findChromium, openBrowser } from '../support/browser.js';
import { json } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';
import { metricsUrlOf } from '../support/metrics.js';
import { leaveOut } from '../support/openapi/watch-answers.js';
import { rawConnection } from '../support/raw-http.js';
import { basic, userFiles, USERS } from '../support/users.js';
import type { Import } from '../../src/imports/import.dto.js';

const SHOP = 'https://shop.example.com';
/** Where a page of ours may load from. */
const OWN = 'the strict policy';
/** The same with styles inline. */
const FOREIGN = 'with styles inline';

let app: App;
let worker: string;
/** An API that trusts no proxy, and its port of metrics. */
let untrusting: string;
let metrics: string;
let id: string;

beforeAll(async () => {
  const { env } = await userFiles();
  app = await startApp({
    env: { ...env, TRUST_PROXY: 'loopback', CORS_ORIGINS: SHOP },
  });
  worker = [...app.workers][0]!.url;
  const withMetrics = await app.startApi({ METRICS_PORT: '0', TRUST_PROXY: '' });
  untrusting = withMetrics.url;
  metrics = await metricsUrlOf(withMetrics);
  leaveOut(metrics);
  const sent = await ask('/imports', { method: 'POST', body: fileOf(record(1), record(2, { state: 'PA' })) });
  ({ id } = await json<Import>(sent));
  await eventually('the import ends', async () => (await json<Import>(ask(`/imports/${id}`))).state === 'completed');
});
afterAll(() => app?.stop());

const at = (url: string, { headers, ...rest }: RequestInit = {}): Promise<Response> =>
  fetch(url, {
    redirect: 'manual',
    ...rest,
    headers: { ...basic(USERS.admin), 'content-type': 'text/csv', ...(headers as object) },
  });
const ask = (path: string, init?: RequestInit): Promise<Response> => at(app.api + path, init);
const below = (path: string, init?: RequestInit): Promise<Response> => at(`${app.url}/acme_orders${path}`, init);
const post = (body: string, headers = {}): Promise<Response> => ask('/imports', { method: 'POST', body, headers });
/** A file that a page names. */
const firstAsset = async (page: string): Promise<string> => {
  const html = await (await below(page)).text();
  const script = /<script[^>]* src="([^"]+\.js)"/.exec(html)![1]!;
  const base = /<base href="([^"]+)"/.exec(html)?.[1] ?? '';
  return new URL(script, new URL(base, `${app.url}/acme_orders${page}`)).href;
};

/** What is asked for, the status, the policy, and what caches may do. */
type Kind = [what: string, status: number, policy: string, cache: string, send: () => Promise<Response>];
const ours: Kind[] = [
  ['the page', 200, OWN, 'no-cache', () => below('')],
  ['the page that is there already', 304, OWN, 'no-cache', () => below('', { headers: { 'if-none-match': '*' } })],
  ['a file of the page', 200, OWN, 'no-cache', () => below('/assets/page.js')],
  ['orders', 200, OWN, 'private, no-cache', () => ask('/orders')],
  [
    'orders that are there already',
    304,
    OWN,
    'private, no-cache',
    () => ask('/orders', { headers: { 'if-none-match': '*' } }),
  ],
  ['a HEAD', 200, OWN, 'private, no-cache', () => ask('/orders', { method: 'HEAD' })],
  ['an order', 200, OWN, 'private, no-cache', () => ask('/orders/1')],
  ['rejects', 200, OWN, 'private, no-cache', () => ask(`/imports/${id}/rejects`)],
  ['the file of rejects', 200, OWN, 'no-store', () => ask(`/imports/${id}/rejects.csv`)],
  ['an export as CSV', 200, OWN, 'no-store', () => ask('/orders/export', { headers: { accept: 'text/csv' } })],
  [
    'an export as NDJSON',
    200,
    OWN,
    'no-store',
    () => ask('/orders/export', { headers: { accept: 'application/x-ndjson' } }),
  ],
  ['events', 200, OWN, 'no-store', () => ask(`/imports/${id}/events`)],
  ['an upload', 202, OWN, 'no-store', () => post(fileOf(record(7)))],
  ['a bad parameter', 400, OWN, 'no-store', () => ask('/orders?limit=0')],
  ['no password', 401, OWN, 'no-store', () => ask('/orders', { headers: { authorization: '' } })],
  ['a role that is lacking', 403, OWN, 'no-store', () => ask('/workers', { headers: basic(USERS.viewer) })],
  ['a page of another site', 403, OWN, 'no-store', () => post('x', { origin: 'https://evil.example' })],
  ['an unknown order', 404, OWN, 'no-store', () => ask('/orders/999999')],
  ['an unknown address', 404, OWN, 'no-store', () => at(`${app.url}/nothing`)],
  ['an address that cannot be decoded', 404, OWN, 'no-store', () => ask('/%E0%A4%A')],
  ['a method that there is not', 405, OWN, 'no-store', () => ask('/rules', { method: 'DELETE' })],
  [
    'a format that there is not',
    406,
    OWN,
    'no-store',
    () => ask('/orders/export', { headers: { accept: 'image/png' } }),
  ],
  ['a kind of file that is not taken', 415, OWN, 'no-store', () => post('x', { 'content-type': 'image/png' })],
  ['no CSV', 422, OWN, 'no-store', () => post('x')],
  [
    'a preflight',
    204,
    OWN,
    'no-store',
    () => ask('/imports', { method: 'OPTIONS', headers: { origin: SHOP, 'access-control-request-method': 'POST' } }),
  ],
  ['the OpenAPI document', 200, OWN, 'private, no-cache', () => below('/api/openapi.json')],
  ['a probe', 200, OWN, 'no-store', () => at(`${app.url}/health/ready`)],
  ["a worker's probe", 200, OWN, 'no-store', () => at(`${worker}/health/live`)],
  ["a worker's metrics", 200, OWN, 'no-store', () => at(`${worker}/metrics`)],
  ['the metrics', 200, OWN, 'no-store', () => at(`${app.url}/metrics`)],
  ['the metrics on a port of their own', 200, OWN, 'no-store', () => at(`${metrics}/metrics`)],
  ['anything else on that port', 404, OWN, 'no-store', () => at(`${metrics}/`)],
  ['a change on that port', 405, OWN, 'no-store', () => at(`${metrics}/metrics`, { method: 'POST' })],
  ['Swagger UI', 200, FOREIGN, 'private, no-cache', () => below('/api/docs')],
  ['a script of Swagger UI', 200, FOREIGN, 'public, max-age=0', async () => at(await firstAsset('/api/docs'))],
  ['the queue board', 200, FOREIGN, 'private, no-cache', () => below('/admin/queues')],
  ['a script of the queue board', 200, FOREIGN, 'public, max-age=0', async () => at(await firstAsset('/admin/queues'))],
  [
    'the queue board, of nobody',
    401,
    FOREIGN,
    'no-store',
    () => below('/admin/queues', { headers: { authorization: '' } }),
  ],
  ['what the queue board reads', 200, FOREIGN, 'private, no-cache', () => below('/admin/queues/api/queues')],
];

describe('an answer', () => {
  it.each(ours)('keeps a browser from what it need not do: %s (%i)', async (_what, status, policy, cache, send) => {
    const answer = await send();
    await answer.text();
    const headers = Object.fromEntries(answer.headers);
    expect([answer.status, headers['cache-control']]).toEqual([status, cache]);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('geolocation=()') as string,
    });
    const csp = headers['content-security-policy']!;
    for (const part of ["default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"])
      expect(csp).toContain(part);
    expect(csp.replace("style-src 'self' 'unsafe-inline'", '')).not.toMatch(/unsafe|\*|https?:/);
    expect(csp.includes('unsafe-inline')).toBe(policy === FOREIGN);
    for (const name of ['server', 'x-powered-by', 'strict-transport-security'])
      expect(headers).not.toHaveProperty(name);
  });

  it('does so where it answers what is no request', async () => {
    const socket = await rawConnection(app);
    socket.write('nonsense\r\n\r\n');
    const head = (await text(socket)).split('\r\n\r\n')[0];
    for (const line of [
      /^HTTP\/1\.1 400 /,
      /^cache-control: no-store$/im,
      /^x-content-type-options: nosniff$/im,
      /^content-security-policy: default-src 'none'; frame-ancestors 'none'$/im,
    ])
      expect(head).toMatch(line);
  });

  it('asks for HTTPS ever after where it came by HTTPS, as a trusted proxy says', async () => {
    for (const path of ['/acme_orders', '/acme_orders/api/docs', '/nothing']) {
      const answer = await at(app.url + path, { headers: { 'x-forwarded-proto': 'https' } });
      expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    }
    const unproven = await at(`${untrusting}/acme_orders`, { headers: { 'x-forwarded-proto': 'https' } });
    expect([unproven.status, unproven.headers.has('strict-transport-security')]).toEqual([200, false]);
  });
});

const chromium = await findChromium();

describe.skipIf(!chromium)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser(chromium!)));
  afterAll(() => browser?.close());

  it.each([
    ['the upload page', '', 'h1', []],
    ['Swagger UI', '/api/docs', '.opblock', []],
    // Its font comes from elsewhere, and it does without.
    ['the queue board', '/admin/queues', '#root a', [expect.stringMatching(/^style-src-elem https:\/\/fonts\./)]],
  ])(
    'the policy lets %s do all that it wants, but for what comes from elsewhere',
    async (_what, path, part, refused) => {
      const context = await browser.newContext({ extraHTTPHeaders: basic(USERS.admin) });
      const page = await context.newPage();
      const warnings: string[] = [];
      page.on('console', (message) => /policy/i.test(message.text()) && warnings.push(message.text()));
      await page.addInitScript(() => {
        const seen: string[] = ((globalThis as { refused?: string[] }).refused = []);
        addEventListener('securitypolicyviolation', (event) =>
          seen.push(`${event.effectiveDirective} ${event.blockedURI}`),
        );
      });
      await page.goto(`${app.url}/acme_orders${path}`);
      await page.locator(part).first().waitFor();
      expect(await page.evaluate(() => (globalThis as { refused?: string[] }).refused)).toEqual(refused);
      expect(warnings).toHaveLength(refused.length);
      await context.close();
    },
  );
});
