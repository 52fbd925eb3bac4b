import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesAbout, startApp, type App } from '../support/app.js';
import { accepted, act, ended, get, json, sql, upload } from '../support/client.js';
import { Contract } from '../support/openapi/contract.js';
import { keptDocument, operationsOf, type OpenApi } from '../support/openapi/document.js';
import { fileOf, record } from '../support/order-files.js';

const BASE = '/acme_orders/api/v1';
const DOCS = '/acme_orders/api/docs';

let app: App;
const contract = new Contract(keptDocument());
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());

describe('the description of the API', () => {
  it('is docs/openapi.json, as JSON and as YAML', async () => {
    // Not by `toEqual`: a hundred lines of differences tell nothing. The test of the kept file names what changed.
    const served = await json<OpenApi>(fetch(`${app.url}/acme_orders/api/openapi.json`));
    expect(isDeepStrictEqual(served, contract.document)).toBe(true);
    const yaml = await fetch(`${app.url}/acme_orders/api/openapi.yaml`);
    expect(yaml.status).toBe(200);
    expect(await yaml.text()).toMatch(/^openapi: 3\.1\.0/m);
  });

  it('has every route that the service has, and no other', () => {
    const operations = operationsOf(contract.document);
    const routes = linesAbout(app.log(), { 'service.name': 'acme-orders-api', 'log.logger': 'RouterExplorer' })
      .map(({ message }) => /^Mapped \{(\S+), (\w+)\} route$/.exec(String(message)))
      .filter((match) => match !== null)
      .map(([, path, method]) => `${method} ${path!.replaceAll(/:(\w+)/g, '{$1}')}`)
      .filter((route) => / (\/health\/|\/metrics$|\/acme_orders\/api\/v1\/)/.test(route));
    expect(operations.map(({ name }) => name).toSorted()).toEqual(routes.toSorted());
    expect(routes).toEqual(
      expect.arrayContaining([
        `POST ${BASE}/imports`,
        `GET ${BASE}/imports`,
        `GET ${BASE}/imports/{id}`,
        `GET ${BASE}/imports/{id}/rejects`,
        `POST ${BASE}/imports/{id}/cancel`,
        `POST ${BASE}/imports/{id}/pause`,
        `POST ${BASE}/imports/{id}/resume`,
        `POST ${BASE}/imports/{id}/retry`,
        `GET ${BASE}/orders`,
        `GET ${BASE}/orders/{id}`,
        `GET ${BASE}/orders/export`,
        `PUT ${BASE}/orders/import`,
        `POST ${BASE}/orders/import`,
        `GET ${BASE}/orders/import/status`,
        `GET ${BASE}/orders/import/status/{id}`,
        'GET /health/live',
        'GET /health/ready',
        'GET /health/startup',
        'GET /metrics',
      ]),
    );
  });
});

/** What is wrong with an answer, by the description of its operation. */
async function faultsOfAnswer(answer: Response, method = 'GET'): Promise<string[]> {
  const header = (name: string): string | null => answer.headers.get(name);
  const path = new URL(answer.url).pathname;
  return contract.faultsOfAnswer({ method, path, status: answer.status, header, body: await answer.text() });
}

describe('an answer is as the description says', () => {
  let id: string;
  beforeAll(async () => {
    const content = fileOf(record(1), record(2, { state: 'PA' }), record(2), 'x|y', record('z'), record(3));
    id = (await accepted(upload(app, content))).id;
    await ended(app, id);
  });

  it.each([
    ['/imports', '/imports?limit=1'],
    ['/imports', '/imports'],
    ['/imports', '/imports?limit=0'],
    ['/imports/{id}', '/imports/IMPORT'],
    ['/imports/{id}', '/imports/1'],
    ['/imports/{id}', '/imports/019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'],
    ['/imports/{id}/rejects', '/imports/IMPORT/rejects'],
    ['/imports/{id}/rejects', '/imports/IMPORT/rejects?limit=1'],
    ['/imports/{id}/rejects', '/imports/IMPORT/rejects?foo=1'],
    ['/imports/{id}/rejects.csv', '/imports/IMPORT/rejects.csv?foo=1'],
    ['/imports/{id}/events', '/imports/1/events'],
    ['/workers', '/workers'],
    ['/workers', '/workers?limit=1'],
    ['/rules', '/rules'],
    ['/rules', '/rules?limit=1'],
    ['/orders', '/orders'],
    ['/orders', '/orders?limit=1'],
    ['/orders', '/orders?limit=x'],
    ['/orders/{id}', '/orders/1'],
    ['/orders/{id}', '/orders/2'],
    ['/orders/{id}', '/orders/999'],
    ['/orders/{id}', '/orders/x'],
    ['/orders/import/status', '/orders/import/status'],
    ['/orders/import/status/{id}', '/orders/import/status/IMPORT'],
  ])('GET %s: %s', async (path, address) => {
    const answer = await get(app, address.replace('IMPORT', id));
    expect(contract.operationOf('GET', new URL(answer.url).pathname)?.path).toBe(BASE + path);
    expect(await faultsOfAnswer(answer)).toEqual([]);
  });

  it('to an upload that is accepted, and to one that is refused', async () => {
    expect(await faultsOfAnswer(await upload(app, fileOf(record(10))), 'POST')).toEqual([]);
    expect(await faultsOfAnswer(await upload(app, 'id|name\n'), 'POST')).toEqual([]);
    expect(await faultsOfAnswer(await upload(app, '%PDF-'), 'POST')).toEqual([]);
  });

  it('to an action that is taken, and to one that is refused', async () => {
    const other = await accepted(upload(app, fileOf(record(11))));
    await ended(app, other.id);
    await sql(app, `UPDATE imports SET state = 'failed', revision = revision + 1 WHERE id = $1`, [other.id]);
    const unknown = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
    for (const importId of [other.id, other.id, unknown, '1']) {
      const answer = await act(app, importId, 'retry');
      expect(await faultsOfAnswer(answer, 'POST')).toEqual([]);
    }
  });

  it('to a probe', async () => {
    for (const path of ['/health/live', '/health/ready', '/health/startup']) {
      expect(await faultsOfAnswer(await fetch(app.url + path))).toEqual([]);
    }
  });

  it('from a failed import', async () => {
    const failed = { ...(await json<object>(get(app, `/imports/${id}`))), state: 'failed' };
    const failure = { code: 'storage.object-gone', message: 'The stored file is no longer there.', params: {} };
    expect(contract.faultsOf({ ...failed, failure }, '#/components/schemas/Import')).toEqual([]);
  });

  it('in every line of the export', async () => {
    expect(await faultsOfAnswer(await get(app, '/orders/export'))).toEqual([]);
  });
});

describe('Swagger UI', () => {
  it('is there, with all that it loads, under a policy that lets nothing else in', async () => {
    const page = await fetch(app.url + DOCS);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('Acme Orders API');
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      (match) => new URL(match[1]!, `${app.url}${DOCS}/`),
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      expect(asset.origin).toBe(app.url);
      expect({ asset: asset.pathname, status: (await fetch(asset)).status }).toEqual({
        asset: asset.pathname,
        status: 200,
      });
    }
    // The policy has no place for scripts inside the page.
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/);
  });
});
