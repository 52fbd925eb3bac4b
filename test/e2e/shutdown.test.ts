import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import { startApp, type App, type Role } from '../support/app.js';
import { accepted, ended, sql, upload, whileOrdersAreLocked } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, fileStoredEarly, record, STORED_EARLY } from '../support/order-files.js';

let app: App;
beforeAll(async () => void (app = await startApp({ env: { IMPORT_SWEEP_MS: '200' } })));
afterAll(() => app?.stop());

/** Tells a process to end. */
function tellToEnd(role: Role): { after: Promise<{ status: number | NodeJS.Signals; ms: number }> } {
  const toldAt = performance.now();
  role.process.kill('SIGTERM');
  return { after: role.ended.then((status) => ({ status, ms: performance.now() - toldAt })) };
}

const isListening = ({ url }: Role): Promise<boolean> =>
  new Promise((resolve) => {
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** Begins an upload by chunks and waits until the service has some of it. */
async function beginUpload(api: Role, firstPart: string) {
  const sent = request(`${api.url}/acme_orders/api/v1/imports`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    agent: new Agent({ keepAlive: true }),
  });
  const answer = new Promise<{ status: number; connection: string; body: string }>((resolve, reject) => {
    sent.once('response', (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((body) => resolve({ status: status!, connection: headers.connection!, body }), reject);
    });
    sent.once('error', reject);
  });
  answer.catch(() => undefined);
  sent.write(firstPart);
  await eventually('the upload is being stored', async () => (await uploads()).some((name) => !name.endsWith('.csv')));
  return { sent, answer };
}

const uploads = (): Promise<string[]> => readdir(join(app.dataDir, 'uploads')).catch(() => []);

/** Asks on a connection that is kept, as a balancer does. */
const askOn = (agent: Agent, url: string): Promise<{ status: number; connection: string | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    request(url, { agent }, (answer) => {
      const { statusCode: status, headers } = answer;
      text(answer).then((body) => resolve({ status: status!, connection: headers.connection, body }), reject);
    })
      .once('error', reject)
      .end();
  });

describe('an API that is told to end', () => {
  it('finishes an upload that is under way, listens no more, and ends with 0', async () => {
    const api = app.firstApi;
    const { sent, answer } = await beginUpload(api, fileStoredEarly(10_000));
    const { after } = tellToEnd(api);
    await eventually('it does not listen', async () => !(await isListening(api)), 5_000);
    sent.end(`${record(2)}\n`);
    const { status, connection, body } = await answer;
    expect([status, connection]).toEqual([202, 'close']);
    expect(await after).toMatchObject({ status: 0 });
    expect((await after).ms).toBeLessThan(10_000);
    const next = await app.startApi();
    const service = { ...app, api: `${next.url}/acme_orders/api/v1` };
    expect(await ended(service, (JSON.parse(body) as Import).id)).toMatchObject({
      state: 'completed',
      counts: { valid: STORED_EARLY + 1 },
    });
    await tellToEnd(next).after;
  });

  it('cuts an upload off that does not come to its end, keeps nothing of it, and ends with 0 in time', async () => {
    const api = await app.startApi();
    const before = await uploads();
    const { answer } = await beginUpload(api, fileStoredEarly());
    const { status, ms } = await tellToEnd(api).after;
    expect(status).toBe(0);
    expect(ms).toBeGreaterThan(6_500);
    expect(ms).toBeLessThan(10_000);
    await expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
    expect(await uploads()).toEqual(before);
  });

  it('is not ready at once, lives, and still answers for as long as it was told to', async () => {
    const api = await app.startApi({ SHUTDOWN_DELAY_MS: '2000' });
    const orders = `${api.url}/acme_orders/api/v1/orders`;
    const agent = new Agent({ keepAlive: true });
    expect(await askOn(agent, orders)).toMatchObject({ status: 200, connection: 'keep-alive' });
    const { after } = tellToEnd(api);
    const told = performance.now();
    const ready = await eventually('it is not ready', async () => {
      const answer = await fetch(`${api.url}/health/ready`);
      return answer.status === 503 && ((await answer.json()) as { status: string });
    });
    expect(performance.now() - told).toBeLessThan(1_000);
    expect(ready.status).toBe('shutting_down');
    expect((await fetch(`${api.url}/health/live`)).status).toBe(200);
    // On the connection from before, and on a new one.
    expect(await askOn(agent, orders)).toMatchObject({ status: 200, connection: 'close' });
    expect(await askOn(agent, orders)).toMatchObject({ status: 200, connection: 'close' });
    const { status, ms } = await after;
    expect(status).toBe(0);
    expect(ms).toBeGreaterThan(1_900);
    expect(ms).toBeLessThan(10_000);
  });
});

describe('a worker that is told to end', () => {
  it('is not ready at once, finishes the chunk at hand and gives its lease back', async () => {
    const [worker] = app.workers;
    const api = await app.startApi();
    const service = { ...app, api: `${api.url}/acme_orders/api/v1` };
    const { id, after } = await whileOrdersAreLocked(app, async () => {
      const accepting = await accepted(upload(service, fileOf(record(11))));
      await eventually('the worker is at it', async () => {
        const [waiting] = await sql(app, `SELECT 1 FROM pg_locks WHERE NOT granted`);
        return waiting;
      });
      const told = tellToEnd(worker!);
      const isReady = (): Promise<boolean> => fetch(`${worker!.url}/health/ready`).then(({ ok }) => ok);
      await eventually('it is not ready', async () => !(await isReady()), 1_000);
      return { id: accepting.id, after: told.after };
    });
    const { status, ms } = await after;
    expect(status).toBe(0);
    expect(ms).toBeLessThan(10_000);
    expect(await ended(service, id)).toMatchObject({ state: 'completed', counts: { valid: 1 } });
    expect(await sql(app, 'SELECT 1 FROM segments WHERE NOT is_done')).toEqual([]);
    await tellToEnd(api).after;
  });

  it('waits for no balancer', async () => {
    const worker = await app.startWorker({ SHUTDOWN_DELAY_MS: '5000' });
    const { status, ms } = await tellToEnd(worker).after;
    expect(status).toBe(0);
    expect(ms).toBeLessThan(4_000);
  });
});
