import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { get, getProblem, importOf, json } from '../support/client.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
let importId: string;
let routes: { method: string; path: string }[];
beforeAll(async () => {
  app = await startApp();
  importId = (await importOf(app, fileOf(record(1, { state: 'PA' }), record(2)))).id;
  const { paths } = await json<{ paths: Record<string, object> }>(fetch(`${app.url}/acme_orders/api/openapi.json`));
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: filled(path) })),
  );
});
afterAll(() => app?.stop());

/** A path of the description with ids that are there. */
const filled = (path: string): string => path.replace(/(orders)\/\{id\}/, '$1/1').replace('{id}', importId);

const languageHeaders = (answer: Response): (string | null)[] => [
  answer.headers.get('content-language'),
  answer.headers.get('vary'),
];

describe('an answer with texts for people', () => {
  it.each([
    ['an import', () => `/imports/${importId}`],
    ['the imports', () => '/imports'],
    ['the rejects', () => `/imports/${importId}/rejects`],
    ['the rejects as a file', () => `/imports/${importId}/rejects.csv`],
    ['the events', () => `/imports/${importId}/events`],
    ['an order', () => '/orders/1'],
    ['the rules', () => '/rules'],
    ['a problem of a route without texts', () => '/orders?limit=0'],
    ['an unknown address', () => '/nothing'],
  ])('says its language, and that another request may get another: %s', async (_, path) => {
    const answer = await get(app, path(), { 'accept-language': 'fr, pt-PT;q=0.9, es;q=0.1' });
    expect(answer.headers.get('content-language')).toBe('pt-BR');
    // Some depend on `Prefer` or on `Accept-Encoding` too.
    expect(answer.headers.get('vary')!.split(', ')).toContain('Accept-Language');
    await answer.text();
  });

  it('is English for who wants none of the languages', async () => {
    expect(languageHeaders(await get(app, '/rules', { 'accept-language': 'fr' }))).toEqual(['en', 'Accept-Language']);
    expect(languageHeaders(await get(app, '/rules?lang=fr', { 'accept-language': 'es' }))[0]).toBe('es');
  });

  it('varies by what else its problem depends on too', async () => {
    const answer = await get(app, '/orders/export', { accept: 'text/html', 'accept-language': 'es' });
    expect(answer.status).toBe(406);
    expect(languageHeaders(answer)).toEqual(['es', 'Accept-Language']);
  });
});

describe('an answer without texts for people', () => {
  it.each([
    ['the orders', () => `${app.api}/orders`, null],
    ['the export', () => `${app.api}/orders/export`, 'Accept, Accept-Encoding'],
    ['a probe', () => `${app.url}/health/live`, null],
    ['the metrics', () => `${app.url}/metrics`, null],
    ['a style of the page', () => `${app.url}/acme_orders/assets/page.css`, null],
  ])('claims no language: %s', async (_, url, varies) => {
    const answer = await fetch(url(), { headers: { 'accept-language': 'es' } });
    expect(answer.status).toBe(200);
    expect(languageHeaders(answer)).toEqual([null, varies]);
  });
});

describe('every route of the API', () => {
  const ask = async ({ method, path }: { method: string; path: string }, query: string): Promise<Problem> =>
    json(fetch(`${app.url}${path}${query}`, { method }));
  const api = () => routes.filter(({ path }) => path.startsWith('/acme_orders/api/v1/'));

  it('refuses a parameter that it does not know', async () => {
    expect(api().length).toBeGreaterThan(15);
    for (const route of api()) {
      const errors = [expect.objectContaining({ field: 'colour', code: 'request.errors.unknown' })];
      expect({ route, problem: await ask(route, '?colour=red') }).toMatchObject({ problem: { status: 400, errors } });
    }
  });

  it('refuses a language that is named twice, in that of the header', async () => {
    for (const route of api()) {
      const errors = [{ field: 'lang', code: 'request.errors.repeated', message: 'is given more than once' }];
      expect({ route, problem: await ask(route, '?lang=pt&lang=es') }).toMatchObject({
        problem: { status: 400, errors },
      });
    }
  });
});

it('the page takes a language that is named twice for none', async () => {
  const answer = await fetch(`${app.url}/acme_orders?lang=pt&lang=es`, { headers: { 'accept-language': 'es' } });
  expect([answer.status, ...languageHeaders(answer)]).toEqual([200, 'es', 'Accept-Language']);
});

it('the faults of a path and of a query are named together, and those of one request only', async () => {
  const [both, path] = await Promise.all([
    getProblem(app, '/imports/7/rejects?limit=0&limit=1&outcome=x'),
    getProblem(app, '/imports/8/rejects'),
  ]);
  expect(both.errors!.map(({ field, code }) => [field, code])).toEqual([
    ['id', 'request.errors.not-a-uuid'],
    ['limit', 'request.errors.repeated'],
    ['outcome', 'request.errors.not-one-of'],
  ]);
  expect(both.detail).toBe('Look at: id, limit, outcome.');
  expect(path.errors!.map(({ field }) => field)).toEqual(['id']);
});

it('counts are written as the language writes them', async () => {
  const { id } = await importOf(app, `${fileOf()}${'x\n'.repeat(1)}`);
  const messageIn = async (lang: string) =>
    (await json<{ items: { reasons: { message: string }[] }[] }>(get(app, `/imports/${id}/rejects?lang=${lang}`)))
      .items[0]!.reasons[0]!.message;
  expect(await messageIn('en')).toBe('The record has 1 column; the header has 6.');
  expect(await messageIn('pt-BR')).toBe('O registro tem 1 coluna; o cabeçalho tem 6.');
  expect(await messageIn('es')).toBe('El registro tiene 1 columna; la cabecera tiene 6.');
});
