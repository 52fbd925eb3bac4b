import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import { startApp, type App, type Role } from '../support/app.js';
import { accepted, act, get, importOf, json, upload, uploadForm } from '../support/client.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
let worker: Role;
beforeAll(async () => {
  app = await startApp({ workers: 1 });
  [worker] = app.workers as unknown as [Role];
});
afterAll(() => app?.stop());

const waiting = (path: string, prefer: string, to = app) => get(to, path, { prefer });

/** Does something with an import that is queued, because the only worker stands still meanwhile. */
async function whileQueued(id: number, then: (importId: string) => Promise<void>): Promise<void> {
  worker.process.kill('SIGSTOP');
  try {
    await then((await accepted(upload(app, fileOf(record(id))))).id);
  } finally {
    worker.process.kill('SIGCONT');
  }
}

const told = ({ status, headers }: Response) => ({
  status,
  applied: headers.get('preference-applied'),
  retryAfter: headers.get('retry-after'),
  varies: headers.get('vary')?.split(', ').toSorted(),
});
const VARIES = ['Accept-Language', 'Prefer'];

describe('a request that prefers to wait', () => {
  it('starts an import and is answered with its end, still as accepted', async () => {
    const answer = await upload(app, fileOf(record(1)), '', { prefer: 'wait=60' });
    expect(told(answer)).toEqual({ status: 202, applied: 'wait=60', retryAfter: null, varies: VARIES });
    const done = await json<Import>(answer);
    expect(done).toMatchObject({ state: 'completed', counts: { read: 1, valid: 1 } });
    expect(answer.headers.get('location')).toBe(done.links.self);
  });

  it('does so under the earlier addresses too', async () => {
    const form = new FormData();
    form.append('csv_file', new Blob([fileOf(record(2))]), 'orders.csv');
    const headers = { prefer: 'wait=60' };
    const answer = await fetch(`${app.api}/orders/import`, { method: 'PUT', headers, body: form });
    expect(told(answer)).toMatchObject({ status: 202, applied: 'wait=60', varies: VARIES });
    const { id, state } = await json<Import>(answer);
    expect(state).toBe('completed');
    expect(answer.headers.get('location')).toMatch(new RegExp(`/orders/import/status/${id}$`));
    expect(told(await waiting(`/orders/import/status/${id}`, 'wait=5'))).toMatchObject({ applied: 'wait=5' });
  });

  it('is answered when another process brings the import to its end', async () => {
    await whileQueued(3, async (id) => {
      const answers = Array.from({ length: 300 }, () => waiting(`/imports/${id}`, 'wait=60'));
      worker.process.kill('SIGCONT');
      const imports = await Promise.all(answers.map((answer) => json<Import>(answer)));
      expect(new Set(imports.map(({ state }) => state))).toEqual(new Set(['completed']));
    });
  });

  it('is answered with how far the import is when its time is over, and told when to ask again', async () => {
    await whileQueued(4, async (id) => {
      const answer = await waiting(`/imports/${id}`, 'wait=1');
      expect(told(answer)).toEqual({ status: 200, applied: 'wait=1', retryAfter: '2', varies: VARIES });
      expect(await json(answer)).toMatchObject({ state: 'queued' });
    });
  });

  it('waits for a minute at most, and no time for what is over', async () => {
    const { id } = await importOf(app, fileOf(record(5)));
    expect(told(await waiting(`/imports/${id}`, 'respond-async, wait="3600"'))).toEqual({
      status: 200,
      applied: 'wait=60',
      retryAfter: null,
      varies: VARIES,
    });
  });

  it.each(['wait', 'wait=-1', 'wait=soon', 'return=minimal', ';;,"'])(
    'is any other where it says %s',
    async (prefer) => {
      await whileQueued(6, async (id) => {
        expect(told(await waiting(`/imports/${id}`, prefer))).toMatchObject({ status: 200, applied: null });
        expect((await act(app, id, 'cancel')).status).toBe(200);
      });
    },
  );

  it('starts a dry run for real and is answered with its end', async () => {
    const dry = await importOf(app, fileOf(record(7)), '?dryRun=true');
    const headers = { prefer: 'wait=60' };
    const answer = await fetch(`${app.api}/imports/${dry.id}/start`, { method: 'POST', headers });
    expect(told(answer)).toMatchObject({ status: 202, applied: 'wait=60', retryAfter: null });
    expect(await json(answer)).toMatchObject({ state: 'completed', options: { dryRun: false } });
  });

  it('is answered at once by a process that is told to end, which still listens', async () => {
    const other = await app.startApi({ SHUTDOWN_DELAY_MS: '3000' });
    await whileQueued(8, async (id) => {
      const url = `${other.url}/acme_orders/api/v1/imports/${id}`;
      const answer = fetch(url, { headers: { prefer: 'wait=60' } });
      // Two requests of the same process: the one before was taken when this one is answered.
      await fetch(url, { headers: { prefer: 'wait=1' } });
      other.process.kill('SIGTERM');
      expect(told(await answer)).toMatchObject({ status: 200, applied: 'wait=60', retryAfter: '2' });
      expect((await fetch(url, { headers: { prefer: 'wait=60' } })).status).toBe(200);
    });
    expect(await other.ended).toBe(0);
  });
});

describe('a request that does not wait', () => {
  it('is told when to ask again as long as the import is not over', async () => {
    worker.process.kill('SIGSTOP');
    try {
      const answer = await uploadForm(app, fileOf(record(9)));
      expect(told(answer)).toEqual({ status: 202, applied: null, retryAfter: '2', varies: VARIES });
      const { id } = await json<Import>(answer);
      expect((await act(app, id, 'pause')).status).toBe(200);
      for (const path of [`/imports/${id}`, `/orders/import/status/${id}`]) {
        expect(told(await get(app, path))).toMatchObject({ status: 200, retryAfter: '30' });
      }
      expect((await act(app, id, 'cancel')).status).toBe(200);
      expect(told(await get(app, `/imports/${id}`))).toMatchObject({ status: 200, retryAfter: null });
    } finally {
      worker.process.kill('SIGCONT');
    }
  });
});
