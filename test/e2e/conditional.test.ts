import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { act, accepted, get, importOf, upload } from '../support/client.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
let id: string;
beforeAll(async () => {
  app = await startApp();
  ({ id } = await importOf(app, fileOf(record(1), record(2, { state: 'PA' }), record(3))));
});
afterAll(() => app?.stop());

const path = (template: string): string => template.replace('IMPORT', id);
const headersOf = (answer: Response, ...except: string[]): Record<string, string> =>
  Object.fromEntries(
    [...answer.headers].filter(
      ([name]) => !['date', 'x-request-id', 'connection', 'keep-alive', ...except].includes(name),
    ),
  );

const READS = [
  '/imports',
  '/imports?limit=1',
  '/imports/IMPORT',
  '/imports/IMPORT/rejects',
  '/orders',
  '/orders?limit=1',
  '/orders/2',
  '/orders/stats',
  '/rules',
  '/orders/import/status',
  '/orders/import/status/IMPORT',
];

describe.each(READS)('what is read at %s', (template) => {
  it('has a tag, with which it is not sent again', async () => {
    const first = await get(app, path(template));
    const tag = first.headers.get('etag')!;
    expect(tag).toMatch(/^W\/"[^"]+"$/);
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    for (const held of [tag, `"other", ${tag}`, tag.slice(2), '*']) {
      const again = await get(app, path(template), { 'if-none-match': held });
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect(headersOf(again)).toEqual(headersOf(first, 'content-length', 'content-type'));
    }
    expect((await get(app, path(template), { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('has the same headers without its content', async () => {
    const full = await get(app, path(template));
    const head = await fetch(app.api + path(template), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(headersOf(head)).toEqual(headersOf(full));
    const headers = { 'if-none-match': full.headers.get('etag')! };
    const held = await fetch(app.api + path(template), { method: 'HEAD', headers });
    expect(held.status).toBe(304);
    expect(headersOf(held)).toEqual(headersOf(full, 'content-length', 'content-type'));
  });
});

describe('a tag', () => {
  it('is another in another language, where the answer is', async () => {
    const tags = await Promise.all(
      ['en', 'pt-BR', 'es'].map(async (language) => {
        const answer = await get(app, `/imports/${id}`, { 'accept-language': language });
        expect(answer.headers.get('vary')).toContain('Accept-Language');
        const headers = { 'accept-language': language, 'if-none-match': answer.headers.get('etag')! };
        const again = await get(app, `/imports/${id}`, headers);
        expect([again.status, again.headers.get('content-language')]).toEqual([304, language]);
        return answer.headers.get('etag');
      }),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it('changes with the import', async () => {
    const other = await importOf(app, fileOf(record(11)));
    const before = (await get(app, `/imports/${other.id}`)).headers.get('etag')!;
    expect((await fetch(`${app.api}/imports/${other.id}/orders`, { method: 'DELETE' })).status).toBe(202);
    const after = await get(app, `/imports/${other.id}`, { 'if-none-match': before });
    expect(after.status).toBe(200);
    expect(after.headers.get('etag')).not.toBe(before);
  });

  it('is on nothing that is not kept: a problem, an upload, an action, a probe, a stream', async () => {
    const none = [
      await get(app, '/imports/7'),
      await get(app, '/imports/01890a5d-ac96-774b-bcce-b302099a8057', { 'if-none-match': '*' }),
      await upload(app, fileOf(record(10)), '', { 'if-none-match': '*' }),
      await act(app, id, 'pause'),
      await fetch(`${app.url}/health/live`, { headers: { 'if-none-match': '*' } }),
      await fetch(`${app.url}/metrics`),
      await get(app, '/orders/export', { 'if-none-match': '*' }),
      await get(app, `/imports/${id}/events`),
    ];
    expect(none.map(({ headers }) => headers.get('etag'))).toEqual(none.map(() => null));
    expect(none.map(({ status }) => status)).toEqual([400, 404, 202, 409, 200, 200, 200, 200]);
    await Promise.all(none.map((answer) => answer.text()));
  });
});

describe('the headers of a stream', () => {
  it.each(['/orders/export', '/imports/IMPORT/rejects.csv'])('of %s come alone', async (template) => {
    const full = await get(app, path(template));
    expect((await full.text()).length).toBeGreaterThan(10);
    const head = await fetch(app.api + path(template), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(headersOf(head)).toEqual(headersOf(full, 'transfer-encoding'));
  });

  it('of events come alone at once, also of an import that goes on', async () => {
    const [worker] = app.workers;
    worker!.process.kill('SIGSTOP');
    try {
      const queued = await accepted(upload(app, fileOf(record(20))));
      const heads = Array.from({ length: 20 }, async () => {
        const head = await fetch(`${app.api}/imports/${queued.id}/events`, { method: 'HEAD' });
        expect([head.status, head.headers.get('content-type'), head.headers.get('content-length')]).toEqual([
          200,
          'text/event-stream; charset=utf-8',
          null,
        ]);
      });
      await Promise.all(heads);
      expect((await act(app, queued.id, 'cancel')).status).toBe(200);
    } finally {
      worker!.process.kill('SIGCONT');
    }
  });

  it('tell what else an address takes', async () => {
    const allowed = async (address: string): Promise<string[]> => {
      const answer = await fetch(app.api + address, { method: 'PATCH' });
      expect(answer.status).toBe(405);
      return answer.headers.get('allow')!.split(', ');
    };
    expect(await allowed('/imports')).toEqual(['GET', 'HEAD', 'POST']);
    expect(await allowed(`/imports/${id}`)).toEqual(['GET', 'HEAD']);
    expect(await allowed(`/imports/${id}/events`)).toEqual(['GET', 'HEAD']);
    expect(await allowed(`/imports/${id}/cancel`)).toEqual(['POST']);
    expect((await fetch(`${app.api}/imports/${id}/cancel`, { method: 'HEAD' })).status).toBe(405);
    expect((await fetch(`${app.api}/nothing`, { method: 'HEAD' })).status).toBe(404);
  });
});
