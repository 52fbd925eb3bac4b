import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { findChromium, openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';

const WAIT_MS = 30_000;
const OUTCOMES = ['valid', 'invalid', 'duplicate', 'malformed'] as const;
const HEADER = 'id|name|email|state|zipcode|birthday\n';

interface Watched {
  state: string;
  counts: Record<(typeof OUTCOMES)[number] | 'read', number>;
  violations: Record<string, number>;
}

let app: Awaited<ReturnType<typeof startApp>>;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const pageUrl = (path = ''): string => `${app.url}/acme_orders${path}`;
const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

/** Orders of which one in four is invalid: from a state that no wine is shipped to. */
const orders = (firstId: number, count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const state = index % 4 === 0 ? 'PA' : 'IA';
    return `${firstId + index}|Stone Dominguez|stone${index}@semper.com|${state}|${10_000 + (index % 9)}|Feb 27, 1963\n`;
  }).join('');

describe('the files of the page', () => {
  it('come in the language asked for, and are asked about again each time', async () => {
    const response = await fetch(pageUrl(), { headers: { 'Accept-Language': 'pt' } });
    expect(response.headers.get('content-language')).toBe('pt-BR');
    expect(response.headers.get('vary')).toContain('Accept-Language');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const etag = response.headers.get('etag')!;
    const again = await fetch(pageUrl(), { headers: { 'Accept-Language': 'pt', 'If-None-Match': etag } });
    expect(again.status).toBe(304);
  });

  it('are found with a slash behind the address too', async () => {
    const response = await fetch(pageUrl('/?lang=es'));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<html lang="es">');
  });

  it('say what they are, and are no others than the known', async () => {
    const style = await fetch(pageUrl('/assets/page.css'));
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(style.headers.get('x-content-type-options')).toBe('nosniff');
    for (const name of ['page.html', 'none.js', '..%2fpage.module.js'])
      expect((await fetch(pageUrl(`/assets/${name}`))).status).toBe(404);
  });

  it('keep to a policy that lets in nothing from elsewhere and nothing inline', async () => {
    const policy = (await fetch(pageUrl())).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });
});

const chromium = await findChromium();

describe.skipIf(!chromium)('the page in a browser', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    browser = await openBrowser(chromium!);
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    faults = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      // A refused request is reported by the browser itself; that the page copes is what is tested.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) faults.push(message.text());
    });
  });
  afterEach(async () => {
    await page.context().close();
    // A breach of the content security policy is a console error too.
    if (faults.length > 0) throw new Error(`The browser reported:\n${faults.join('\n')}`);
  });

  const part = (id: string) => page.locator(`[data-id="${id}"]`);
  const reaches = (state: string) => page.locator(`[data-id="import"][data-state="${state}"]`).waitFor();
  const choose = (file: ReturnType<typeof csv>) => page.setInputFiles('#file', file);
  const numberIn = async (id: string) => Number((await part(id).textContent())!.replace(/\D/g, ''));
  const shownId = (): string => new URL(page.url()).searchParams.get('import')!;

  async function watched(): Promise<Watched> {
    const response = await fetch(`${app.url}/acme_orders/api/v1/imports/${shownId()}`);
    return (await response.json()) as Watched;
  }

  it('uploads a chosen file, watches its import and shows the counts of the API', async () => {
    await page.goto(pageUrl());
    await choose(
      csv('first.csv', `${HEADER}${orders(1, 20_000)}1|Again|again@semper.com|IA|10001|1963-02-27\n7|short\n`),
    );
    await reaches('completed');

    const { counts, violations } = await watched();
    expect(counts).toEqual({ read: 20_002, valid: 15_000, invalid: 5_000, duplicate: 1, malformed: 1 });
    for (const outcome of OUTCOMES) expect(await numberIn(`count-${outcome}`)).toBe(counts[outcome]);
    const mostFrequent = part('violations-list').locator('li').first();
    expect(await mostFrequent.textContent()).toContain('State we do not ship to');
    expect(await mostFrequent.locator('b').textContent()).toBe(violations.allowed_state!.toLocaleString('en'));
    expect(await page.title()).toBe('Completed · first.csv');
  });

  it('links to the rejects and the orders of the import, in its language', async () => {
    await page.goto(pageUrl('?lang=es'));
    await choose(csv('links.csv', HEADER + orders(100_001, 4)));
    await reaches('completed');
    for (const id of ['import-rejects', 'import-rejects-file', 'import-orders']) {
      const response = await fetch((await part(id).getAttribute('href'))!);
      expect(response.status).toBe(200);
      // The orders hold no text for people.
      expect(response.headers.get('content-language')).toBe(id === 'import-orders' ? null : 'es');
    }
  });

  it('goes on watching after a reload, and in another language', async () => {
    await page.goto(pageUrl());
    await choose(csv('reload.csv', HEADER + orders(200_001, 8)));
    await reaches('completed');
    await page.reload();
    await reaches('completed');
    expect(await part('import-name').textContent()).toBe('reload.csv');

    await page.locator('[data-lang="pt-BR"]').click();
    await reaches('completed');
    expect(await page.locator('html').getAttribute('lang')).toBe('pt-BR');
    expect(await page.locator('h1').textContent()).toBe('Envie um arquivo de pedidos');
    expect(await part('import-state').textContent()).toBe('Concluída');
    expect(await part('import-name').textContent()).toBe('reload.csv');
  });

  it('lists the imports, newest first, and shows the one that is clicked', async () => {
    await page.goto(pageUrl());
    for (const [index, name] of ['older.csv', 'newer.csv'].entries()) {
      await choose(csv(name, HEADER + orders(300_001 + index * 10, 4)));
      await page.getByRole('heading', { name, level: 2 }).waitFor();
      await reaches('completed');
    }
    await page.goto(pageUrl());
    const rows = part('recent-list').locator('li');
    await rows.nth(1).waitFor();
    expect(await rows.nth(0).textContent()).toContain('newer.csv');
    await rows.nth(1).locator('a').click();
    await reaches('completed');
    expect(await part('import-name').textContent()).toBe('older.csv');
    await page.goBack();
    await part('import').waitFor({ state: 'hidden' });
  });

  it('shows the problem of an empty file in its language', async () => {
    await page.goto(pageUrl('?lang=pt-BR'));
    const answer = page.waitForResponse((response) => response.request().method() === 'POST');
    await choose(csv('empty.csv', ''));
    const problem = (await (await answer).json()) as { status: number; title: string; detail: string };
    expect(problem.status).toBe(422);
    await part('problem').waitFor();
    expect(await part('problem-title').textContent()).toBe(problem.title);
    expect(await part('problem-detail').textContent()).toBe(problem.detail);
    expect((await answer).headers()['content-language']).toBe('pt-BR');
    expect(await part('drop').isVisible()).toBe(true);
  });

  it('names the fields of a problem', async () => {
    await page.goto(pageUrl());
    await choose(csv('columns.csv', 'id|name|email|zipcode|birthday\n1|a|b@c.de|12345|1963-02-27\n'));
    await part('problem').waitFor();
    expect(await part('problem-errors').textContent()).toContain('state');
  });

  it('cancels an upload that is on its way', async () => {
    await page.goto(pageUrl());
    await page.route('**/api/v1/imports', (route) =>
      // Never answered: the upload stays on its way until the page gives it up.
      route.request().method() === 'POST' ? undefined : route.continue(),
    );
    await choose(csv('cancelled.csv', HEADER + orders(400_001, 10)));
    await part('upload').waitFor();
    expect(await part('upload-name').textContent()).toBe('cancelled.csv');
    await part('upload-cancel').click();
    await part('drop').waitFor();
    expect(await part('upload').isVisible()).toBe(false);
    expect(await part('problem').isVisible()).toBe(false);
  });

  it('sends the options that were chosen, and starts a dry run for real', async () => {
    await page.goto(pageUrl());
    await part('options-fold').locator('summary').click();
    await page.locator('[name="dryRun"]').check();
    await page.locator('[name="onDuplicate"]').selectOption('replace-invalid');
    await page.locator('[name="maxRejects"]').fill('5');
    await page.locator('[name="delimiter"]').selectOption({ label: 'Tab' });
    await page.locator('[name="encoding"]').selectOption('windows-1252');
    expect(await part('options-chosen').textContent()).toBe('5 chosen');
    const row = '600001|José|jose@semper.com|IA|10001|1963-02-27|1\n';
    const text = (HEADER.replace('\n', '|phone\n') + row).replaceAll('|', '\t');
    await page.setInputFiles('#file', { name: 'dry.csv', mimeType: 'text/csv', buffer: Buffer.from(text, 'latin1') });
    await reaches('completed');
    expect(await watched()).toMatchObject({
      options: { dryRun: true, onDuplicate: 'replace-invalid', maxRejects: 5 },
      file: { delimiter: '\t', encoding: 'windows-1252' },
      counts: { read: 1, valid: 1 },
    });
    expect(await part('import-ignored').textContent()).toBe('Ignored columns: phone.');
    expect(await part('import-orders').isVisible()).toBe(false);

    await part('import-start').click();
    await part('import-orders').waitFor();
    expect(await watched()).toMatchObject({ state: 'completed', options: { dryRun: false } });
    expect(await part('import-dry').isVisible()).toBe(false);
  });

  it('sends nothing where an option cannot be used', async () => {
    await page.goto(pageUrl());
    await part('options-fold').locator('summary').click();
    await page.locator('[name="maxRejects"]').fill('-1');
    await part('options-fold').locator('summary').click();
    await choose(csv('options.csv', HEADER + orders(600_101, 1)));
    await page.locator('[name="maxRejects"]:invalid').waitFor();
    expect(await part('upload').isVisible()).toBe(false);
    expect(await part('import').isVisible()).toBe(false);
  });

  it.each([
    ['by events', 'continue', 1, 1],
    ['by looking where events do not come', 'abort', 4, Infinity],
    ['by looking where something holds the events back', 'hold', 4, Infinity],
  ] as const)('follows an import %s', async (_how, events, least, most) => {
    const [worker] = app.workers;
    let looks = 0;
    await page.route('**/events*', (route) => (events === 'hold' ? undefined : route[events]()));
    page.on('request', (request) => (looks += Number(/\/imports\/[\w-]+$/.test(request.url()))));
    worker!.process.kill('SIGSTOP');
    try {
      await page.goto(pageUrl());
      const asked = page.waitForRequest('**/events*');
      await choose(csv('followed.csv', HEADER + orders(700_001, 10)));
      await reaches('queued');
      await asked;
      // Where there are no events, looks go on; held back, they begin again when that is noticed.
      await eventually('the page has looked', () => looks >= least);
    } finally {
      worker!.process.kill('SIGCONT');
    }
    await reaches('completed');
    expect(looks).toBeLessThanOrEqual(most);
  });

  it('says when the service cannot be reached, and finds it again', async () => {
    await page.goto(pageUrl());
    await choose(csv('offline.csv', HEADER + orders(500_001, 4)));
    await reaches('completed');
    const address = `**/imports/${shownId()}`;
    await page.route(address, (route) => route.abort());
    await page.reload();
    await part('import-lost').waitFor();
    await page.unroute(address);
    await part('import-lost-retry').click();
    await reaches('completed');
    expect(await part('import-lost').isVisible()).toBe(false);
  });

  it('shows the problem of an import that does not exist', async () => {
    await page.goto(pageUrl('?import=019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'));
    await part('problem').waitFor();
    expect(await part('problem-title').textContent()).not.toBe('');
  });
});
