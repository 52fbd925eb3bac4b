import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { findChromium, openBrowser } from '../support/browser.js';
import { json } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';
import { basic, userFiles, USERS } from '../support/users.js';
import type { Import } from '../../src/imports/import.dto.js';

const SHOP = 'https://shop.example.com';
const MOST_BYTES = 4096;
const signedIn = basic(USERS.admin);

/** A page on another site; as `localhost` it is named, as an address it is not. */
let elsewhere: Server;
let named: string;
let unnamed: string;
let app: App;
let done: Import;

beforeAll(async () => {
  elsewhere = createServer((_request, reply) =>
    reply
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><link rel="icon" href="data:,"><title>Shop</title>'),
  );
  await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
  const { port } = elsewhere.address() as AddressInfo;
  [named, unnamed] = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  const { env } = await userFiles();
  app = await startApp({
    env: { ...env, CORS_ORIGINS: `${SHOP},${named}`, IMPORT_MAX_FILE_BYTES: String(MOST_BYTES) },
  });
  const sent = await ask('/imports', { method: 'POST', body: fileOf(record(1), record(2, { state: 'PA' })) });
  const { id } = await json<Import>(sent);
  done = await eventually('the import ends', async () => {
    const found = await json<Import>(ask(`/imports/${id}`));
    return found.state === 'completed' && found;
  });
});
afterAll(async () => {
  await app?.stop();
  elsewhere?.close();
});

/** Asks as the admin, but for what is overwritten. */
const ask = (path: string, { headers, ...rest }: RequestInit = {}): Promise<Response> =>
  fetch(app.api + path, { ...rest, headers: { ...signedIn, 'content-type': 'text/csv', ...(headers as object) } });

/** As a browser asks beforehand: without the password. */
const preflight = (origin: string, path = '/imports', method = 'POST'): Promise<Response> =>
  fetch(app.api + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'sec-fetch-site': 'cross-site',
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });

const listOf = ({ headers }: Response, name: string): string[] =>
  (headers.get(name) ?? '').split(',').map((each) => each.trim().toLowerCase());

/** What tells a browser that a page of another origin may do something. */
const permissionsOf = ({ headers }: Response): string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('a browser that asks beforehand', () => {
  it('is answered without a password, for a named origin', async () => {
    const answer = await preflight(SHOP);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('access-control-max-age')).toBe('600');
    expect(listOf(answer, 'access-control-allow-methods')).toEqual(['get', 'head', 'post', 'put', 'delete']);
    expect(listOf(answer, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(
        'authorization content-type idempotency-key if-none-match last-event-id prefer x-request-id accept-language'.split(
          ' ',
        ),
      ),
    );
    expect(listOf(answer, 'vary')).toContain('origin');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each(['https://evil.example', 'null', '*', `${SHOP}.evil.example`, `${SHOP}:444`, 'http://shop.example.com'])(
    'is told nothing for %s',
    async (origin) => {
      const answer = await preflight(origin);
      expect([answer.status, permissionsOf(answer)]).toEqual([401, []]);
      expect(listOf(answer, 'vary')).toContain('origin');
    },
  );

  it('is told nothing of what operators see', async () => {
    for (const path of ['/metrics', '/acme_orders/admin/queues', '/acme_orders']) {
      const headers = { ...signedIn, origin: SHOP };
      const answer = await fetch(app.url + path, { headers });
      expect([path, answer.status, permissionsOf(answer)]).toEqual([path, 200, []]);
    }
  });
});

describe('a page of a named origin', () => {
  const answers: [string, number, () => [string, RequestInit?]][] = [
    ['orders', 200, () => ['/orders']],
    ['a HEAD', 200, () => ['/orders', { method: 'HEAD' }]],
    ['what it has already', 304, () => ['/rules', { headers: { 'if-none-match': '*' } }]],
    ['an export', 200, () => ['/orders/export', { headers: { accept: 'text/csv' } }]],
    ['the file of rejects', 200, () => [`/imports/${done.id}/rejects.csv`]],
    ['events', 200, () => [`/imports/${done.id}/events`]],
    ['an upload', 202, () => ['/imports', { method: 'POST', body: fileOf(record(7)) }]],
    ['no password', 401, () => ['/orders', { headers: { authorization: '' } }]],
    ['a wrong password', 401, () => ['/orders', { headers: basic(USERS.admin, 'wrong') }]],
    ['a role that it lacks', 403, () => ['/workers', { headers: basic(USERS.viewer) }]],
    ['a bad parameter', 400, () => ['/orders?limit=0']],
    ['an unknown order', 404, () => ['/orders/999999']],
    ['an unknown address', 404, () => ['/nothing']],
    ['a method that there is not', 405, () => ['/rules', { method: 'DELETE' }]],
    ['a method for itself', 405, () => ['/rules', { method: 'OPTIONS' }]],
    ['a file over the limit', 413, () => ['/imports', { method: 'POST', body: 'x'.repeat(MOST_BYTES + 1) }]],
    ['no CSV', 422, () => ['/imports', { method: 'POST', body: 'x' }]],
  ];

  it.each(answers)('may read %s (%i), and a page of any other may not', async (_what, status, request) => {
    const [path, init] = request();
    const send = (origin: string) => ask(path, { ...init, headers: { ...(init?.headers as object), origin } });
    const answer = await send(SHOP);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(listOf(answer, 'access-control-expose-headers')).toEqual(
      expect.arrayContaining(
        'location link etag retry-after x-request-id content-language preference-applied content-disposition ratelimit'.split(
          ' ',
        ),
      ),
    );
    expect(listOf(answer, 'vary')).toContain('origin');
    const other = await send('https://evil.example');
    expect(permissionsOf(other)).toEqual([]);
    expect(listOf(other, 'vary')).toContain('origin');
    const changes = ['POST', 'DELETE'].includes(init?.method ?? 'GET');
    expect(other.status).toBe(changes ? 403 : status);
  });

  it('gets answers that name everything that they depend on, each once', async () => {
    const answer = await ask('/nothing', { headers: { origin: SHOP } });
    expect(listOf(answer, 'vary')).toEqual(['origin', 'accept-language']);
    expect(listOf(await ask('/nothing'), 'vary')).toEqual(['origin', 'accept-language']);
  });
});

describe('a service without named origins', () => {
  let plain: App;
  beforeAll(async () => void (plain = await startApp({ workers: 0 })));
  afterAll(() => plain?.stop());

  it('tells a browser nothing of other origins', async () => {
    const headers = { origin: SHOP, 'access-control-request-method': 'GET' };
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await fetch(`${plain.api}/orders`, { method, headers });
      expect([method, answer.status, permissionsOf(answer)]).toEqual([method, method === 'GET' ? 200 : 405, []]);
      expect(listOf(answer, 'vary')).not.toContain('origin');
    }
  });
});

const chromium = await findChromium();

describe.skipIf(!chromium)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser(chromium!)));
  afterAll(() => browser?.close());

  it('a page of a named origin uploads, watches, exports and reads why something was refused', async () => {
    const page = await browser.newPage();
    await page.goto(named);
    const seen = await page.evaluate(
      async ({ api, authorization, file }) => {
        const call = (path: string, init: RequestInit = {}) =>
          fetch(api + path, { ...init, headers: { authorization, ...(init.headers as object) } });
        const headers = { 'content-type': 'text/csv', 'idempotency-key': 'from-another-site' };
        const sent = await call('/imports', { method: 'POST', body: file, headers });
        const { id } = (await sent.json()) as { id: string };
        const events = await call(`/imports/${id}/events`);
        const isWatched = (await events.text()).includes('"state":"completed"');
        const exported = await call(`/orders/export?importId=${id}`, { headers: { accept: 'text/csv' } });
        const missing = await call('/orders/999999');
        const { code } = (await missing.json()) as { code: string };
        return {
          location: sent.headers.get('location')?.endsWith(id),
          isWatched,
          rows: (await exported.text()).trim().split('\n').length,
          code,
          hasRequestId: missing.headers.has('x-request-id'),
        };
      },
      { api: app.api, ...signedIn, file: fileOf(record(21), record(22)).toString() },
    );
    expect(seen).toEqual({
      location: true,
      isWatched: true,
      rows: 3,
      code: 'orders.unknown-order',
      hasRequestId: true,
    });
  });

  it('a page of any other origin reads nothing', async () => {
    const page = await browser.newPage();
    await page.goto(unnamed);
    const read = await page.evaluate(
      ({ url, authorization }) =>
        fetch(url, { headers: { authorization } }).then(
          () => 'read',
          (error: Error) => error.name,
        ),
      { url: `${app.api}/orders`, ...signedIn },
    );
    expect(read).toBe('TypeError');
  });
});
