import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { accepted, digestOf, ended, get, getImport, importOf, json, upload } from '../support/client.js';
import { freshDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { lineTo, type Line } from '../support/line.js';
import { fileOf, generated, record } from '../support/order-files.js';

interface Health {
  readonly status: string;
  readonly details: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

let line: Line;
let app: App;
let worker: string;
beforeAll(async () => {
  line = await lineTo(await freshDatabase());
  app = await startApp({ env: { DATABASE_URL: line.url, IMPORT_SWEEP_MS: '200', IMPORT_LEASE_MS: '1000' } });
  worker = [...app.workers][0]!.url;
});
afterAll(async () => {
  await app?.stop();
  await line?.close();
});
afterEach(() => line.mend());

const probe = (url: string, name: string): Promise<Response> => fetch(`${url}/health/${name}`);
const isReady = (url: string): Promise<boolean> => probe(url, 'ready').then(({ ok }) => ok);

describe('the probes of both roles', () => {
  it('say that the process lives, has started and can take requests', async () => {
    for (const url of [app.url, worker]) {
      for (const name of ['live', 'startup', 'ready']) {
        const answer = await probe(url, name);
        expect(answer.status).toBe(200);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
      const { status, details } = await json<Health>(probe(url, 'ready'));
      expect(status).toBe('ok');
      expect(Object.entries(details).map(([name, detail]) => [name, detail.status, detail.degraded])).toEqual([
        ['database', 'up', undefined],
        ['migrations', 'up', undefined],
        ['redis', 'up', undefined],
      ]);
    }
  });

  it('are not logged, and know no other method and no parameter of a path', async () => {
    expect(app.log().includes('"url.path":"/health/')).toBe(false);
    for (const url of [app.url, worker]) {
      expect((await fetch(`${url}/health/ready`, { method: 'POST' })).status).toBe(405);
      expect((await probe(url, 'unknown')).status).toBe(404);
    }
  });

  it('are all that a worker answers', async () => {
    for (const path of [
      '/acme_orders/api/v1/orders',
      '/acme_orders/api/v1/imports',
      '/acme_orders',
      '/acme_orders/api/docs',
    ]) {
      const answer = await fetch(worker + path);
      expect({ path, status: answer.status }).toEqual({ path, status: 404 });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });
});

describe('PostgreSQL that is away', () => {
  it.each([
    ['refuses connections', () => line.cut()],
    ['does not answer', async () => line.block()],
  ])('and %s takes the service out, tells no address, and ends no process', async (_how, disturb) => {
    await disturb();
    for (const url of [app.url, worker]) {
      const answer = await probe(url, 'ready');
      expect(answer.status).toBe(503);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ status: 'error', details: { database: { status: 'down' } } });
      expect(text).not.toMatch(/127\.0\.0\.1|postgres|password|ECONN/i);
      expect((await probe(url, 'live')).status).toBe(200);
      expect((await probe(url, 'startup')).status).toBe(200);
    }
    await line.mend();
    await eventually('both are ready again', async () => (await isReady(app.url)) && (await isReady(worker)));
    expect(app.workers.size).toBe(1);
  });

  it('is answered with 503 and when to try again, in the language of the request, and keeps no upload', async () => {
    await line.cut();
    const answers = [
      await get(app, '/orders?lang=es'),
      await get(app, '/orders/1?lang=es'),
      await get(app, '/orders/export?lang=es'),
      await get(app, '/imports?lang=es'),
      await upload(app, fileOf(record(1)), '?lang=es'),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(await json<Problem>(answer)).toMatchObject({
        code: 'request.unavailable',
        title: 'El servicio no puede responder en este momento.',
      });
    }
    expect(await readdir(join(app.dataDir, 'uploads'))).toEqual([]);
    await line.mend();
    await eventually('the API answers again', async () => (await get(app, '/imports')).ok);
    expect(await importOf(app, fileOf(record(2)))).toMatchObject({ state: 'completed', counts: { valid: 1 } });
  });

  it('in the middle of an import delays it, and loses and doubles nothing', async () => {
    const file = await generated({ rows: 60_000, seed: 61, firstId: 1_001 });
    const { id } = await accepted(upload(app, file.content));
    await eventually('the import runs', async () => (await getImport(app, id)).counts.read > 0);
    await line.cut();
    expect(await isReady(worker)).toBe(false);
    await line.mend();
    await eventually('the API answers again', async () => (await get(app, '/imports')).ok);
    const { read, valid, invalid, duplicate, malformed, digest } = file.oracle;
    const done = await ended(app, id);
    expect(done).toMatchObject({ state: 'completed', counts: { read, valid, invalid, duplicate, malformed } });
    expect(await digestOf(app, `?importId=${id}`)).toEqual(digest);
  });

  it('in the middle of an export breaks the answer off, so that nobody takes it for whole', async () => {
    const answer = await get(app, '/orders/export');
    const reader = answer.body!.getReader();
    await reader.read();
    await line.cut();
    const readToTheEnd = async (): Promise<void> => {
      while (!(await reader.read()).done);
    };
    await expect(readToTheEnd()).rejects.toThrow(/terminated|aborted|closed/i);
    await line.mend();
    await eventually('the API answers again', async () => (await get(app, '/orders')).ok);
  });
});
