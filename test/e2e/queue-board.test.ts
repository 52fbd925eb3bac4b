import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { startApp, type App } from '../support/app.js';
import { findChromium, openBrowser } from '../support/browser.js';
import { accepted, json, upload } from '../support/client.js';
import { redisFor } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { lineTo, type Line } from '../support/line.js';
import { fileOf, record } from '../support/order-files.js';

interface Queues {
  readonly queues: readonly {
    readonly name: string;
    readonly readOnlyMode: boolean;
    readonly jobs: readonly { readonly data: unknown }[];
  }[];
}

const chromium = await findChromium();
const BOARD = '/acme_orders/admin/queues';

let app: App;
let line: Line;
beforeAll(async () => {
  line = await lineTo(await redisFor());
  app = await startApp({ env: { REDIS_URL: line.url }, workers: 0 });
});
afterAll(async () => {
  await app?.stop();
  await line?.close();
});

const queues = async (): Promise<Queues['queues']> =>
  (await json<Queues>(fetch(`${app.url}${BOARD}/api/queues?activeQueue=imports&status=latest&page=1`))).queues;

describe('the board of the queue', () => {
  it('is a page with all that it loads, under a policy that lets nothing else in', async () => {
    const page = await fetch(app.url + BOARD);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'");
    const html = await page.text();
    expect(html).toContain('Acme Orders');
    const assets = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) {
      const answer = await fetch(new URL(asset, `${app.url}${BOARD}/`));
      expect([asset, answer.status]).toEqual([asset, 200]);
    }
  });

  it('has an exception from the policy that no other page has', async () => {
    for (const path of ['/acme_orders', '/acme_orders/admin', '/acme_orders/api/v1/orders']) {
      const policy = (await fetch(app.url + path)).headers.get('content-security-policy');
      expect(policy).toContain("style-src 'self';");
    }
  });

  it('shows the jobs, which hold the id of an import and nothing else', async () => {
    const { id } = await accepted(upload(app, fileOf(record(1))));
    const [queue] = await eventually('the bell is there', async () => {
      const found = await queues();
      return found[0]!.jobs.length > 0 && found;
    });
    expect(queue).toMatchObject({ name: 'imports', readOnlyMode: true });
    expect(queue!.jobs.map(({ data }) => data)).toEqual([{ importId: id }]);
  });

  it('changes nothing', async () => {
    for (const action of ['pause', 'empty', 'clean/wait']) {
      const answer = await fetch(`${app.url}${BOARD}/api/queues/imports/${action}`, { method: 'PUT' });
      expect([action, answer.status]).toEqual([action, 405]);
    }
    expect((await queues())[0]!.jobs).toHaveLength(1);
  });

  it.skipIf(!chromium)('is drawn by a browser without a complaint about the policy', async () => {
    const { id } = await accepted(upload(app, fileOf(record(2))));
    const browser: Browser = await openBrowser(chromium!);
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${app.url}${BOARD}/queue/imports?status=waiting`);
      await page.getByText(id).first().waitFor();
      // It asks for a font elsewhere, which the policy denies it, and does well without.
      expect(complaints.filter((text) => !/font/i.test(text))).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('says so while Redis is away, and is well again by itself', async () => {
    await line.cut();
    const answer = await fetch(`${app.url}${BOARD}/api/queues`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toMatch(/node_modules|127\.0\.0\.1/);
    await line.mend();
    await eventually('it shows the queue', async () => (await fetch(`${app.url}${BOARD}/api/queues`)).ok);
  });

  it('is not there in a worker', async () => {
    const worker = await app.startWorker();
    expect((await fetch(worker.url + BOARD)).status).toBe(404);
  });
});
