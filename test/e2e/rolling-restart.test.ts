import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import { startApp, type App, type Role } from '../support/app.js';
import { startBalancer, type Balancer } from '../support/balancer.js';
import { accepted, ended, get } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
let balancer: Balancer;
/** The service as a client sees it: through the balancer. */
let service: App;
beforeAll(async () => {
  app = await startApp({
    workers: 2,
    env: { SHUTDOWN_DELAY_MS: '2000', IMPORT_SWEEP_MS: '200', LOG_LEVEL: 'warn' },
  });
  balancer = await startBalancer();
  service = { ...app, url: balancer.url, api: `${balancer.url}/acme_orders/api/v1` };
});
afterAll(async () => {
  await balancer?.close();
  await app?.stop();
});

/** Clients that read at the same time: so many that some do at the moment when an API ends. */
const READERS = 4;

/** Sends a file in pieces, so that most uploads are under way when an API is told to end. */
function uploadSlowly(...pieces: string[]): Promise<Response> {
  const body = async function* () {
    for (const piece of pieces) {
      yield Buffer.from(piece);
      await sleep(150);
    }
  };
  return fetch(`${service.api}/imports`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: Readable.toWeb(Readable.from(body())) as unknown as BodyInit,
    duplex: 'half',
  } as RequestInit);
}

/** What a client did while it was not told to stop. */
class Client {
  readonly imports: Import[] = [];
  readonly failures: string[] = [];
  reads = 0;
  private isStopped = false;
  private readonly running: Promise<void>[];

  constructor(firstId: number) {
    const uploaders = [0, 1, 2].map((at) => this.keepUploading(firstId + at * 100_000));
    this.running = [...uploaders, ...Array.from({ length: READERS }, () => this.keepReading())];
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.running);
  }

  private async keepUploading(firstId: number): Promise<void> {
    for (let id = firstId; !this.isStopped; id += 2) {
      await this.note('upload', async () => {
        this.imports.push(await accepted(uploadSlowly(fileOf(record(id)), `${record(id + 1)}\n`)));
      });
    }
  }

  private async keepReading(): Promise<void> {
    while (!this.isStopped) {
      const newest = this.imports.at(-1);
      await this.note('read', async () => {
        const answer = await get(service, newest ? `/imports/${newest.id}` : '/orders?limit=10');
        if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
        await answer.text();
        this.reads += 1;
      });
      await sleep(5);
    }
  }

  private async note(what: string, request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error };
      this.failures.push(`${what}: ${message} ${cause?.message ?? ''}`);
    }
  }
}

/** Tells a process to end; its exit status and how long it took. */
async function endInOrder(role: Role): Promise<{ status: number | NodeJS.Signals; ms: number }> {
  const toldAt = performance.now();
  role.process.kill('SIGTERM');
  return { status: await role.ended, ms: performance.now() - toldAt };
}

describe('two APIs and two workers that are restarted one after the other', () => {
  it('fail no request, and every import that was accepted completes', async () => {
    const apis = [app.firstApi, await app.startApi()];
    const workers = [...app.workers];
    await Promise.all(apis.map(({ url }) => balancer.add(url)));
    const client = new Client(1);
    await eventually('the client is at work', () => client.imports.length >= 10 && client.reads >= 10);
    const ends: Awaited<ReturnType<typeof endInOrder>>[] = [];

    for (const old of apis) {
      ends.push(await endInOrder(old));
      balancer.remove(old.url);
      const { url } = await app.startApi();
      await balancer.add(url);
      await eventually('the new one is sent requests', () => (balancer.sent.get(url) ?? 0) > 5);
    }
    for (const old of workers) {
      ends.push(await endInOrder(old));
      await app.startWorker();
    }
    await client.stop();

    expect({ client: client.failures, balancer: balancer.failures }).toEqual({ client: [], balancer: [] });
    expect(ends.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(Math.max(...ends.map(({ ms }) => ms))).toBeLessThan(10_000);
    const states = await Promise.all(client.imports.map(async ({ id }) => (await ended(service, id)).state));
    expect(new Set(states)).toEqual(new Set(['completed']));
    expect(client.imports.length).toBeGreaterThan(50);
    expect([...balancer.sent.keys()]).toHaveLength(4);
  }, 180_000);
});
