import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Page } from '../../src/shared/http/paging.js';
import { startApp, type App } from '../support/app.js';
import { accepted, allOf, ended, get, getProblem, importOf, json, upload, uploadForm } from '../support/client.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
/** Imports by what is special about them, the oldest first. */
const imports: Record<string, Import> = {};
beforeAll(async () => {
  app = await startApp();
  const form = accepted(uploadForm(app, fileOf(record(1)), 'monday orders.csv'));
  imports.named = await ended(app, (await form).id);
  imports.dry = await importOf(app, fileOf(record(2)), '?dryRun=true');
  imports.failed = await importOf(app, fileOf(record(3, { state: 'PA' })), '?maxRejects=0');
  imports.replacing = await importOf(app, fileOf(record(4)), '?onDuplicate=replace-invalid');
  imports.last = await ended(app, (await accepted(uploadForm(app, fileOf(record(5)), 'tuesday.csv'))).id);
});
afterAll(() => app?.stop());

const LISTS = ['/imports', '/orders/import/status'];
const namesOf = (items: readonly Import[]): (string | undefined)[] =>
  items.map(({ id }) => Object.keys(imports).find((name) => imports[name]!.id === id));
const listed = async (query: string, list = LISTS[0]!) => namesOf(await allOf<Import>(app, `${list}?limit=1&${query}`));

describe.each(LISTS)('the list of imports at %s', (list) => {
  const ALL = ['last', 'replacing', 'failed', 'dry', 'named'];

  it.each([
    ['', ALL],
    ['state=failed', ['failed']],
    ['state=failed&state=queued', ['failed']],
    ['state=failed&state=completed', ALL],
    ['state=queued&state=running', []],
    ['fileName=monday%20orders.csv', ['named']],
    ['fileName=monday', []],
    ['dryRun=true', ['dry']],
    ['dryRun=false', ['last', 'replacing', 'failed', 'named']],
    ['onDuplicate=replace-invalid', ['replacing']],
    ['onDuplicate=keep-first&dryRun=false&state=completed', ['last', 'named']],
  ])('with %s has %j, page by page', async (query, names) => expect(await listed(query, list)).toEqual(names));
});

describe('the list of imports', () => {
  it('of a digest has those of exactly these bytes, however it is written', async () => {
    const sha256 = createHash('sha256')
      .update(fileOf(record(4)))
      .digest('hex');
    expect(await listed(`sha256=${sha256}`)).toEqual(['replacing']);
    expect(await listed(`sha256=${sha256.toUpperCase()}`)).toEqual(['replacing']);
  });

  it('of a time has those accepted from its begin on and before its end', async () => {
    const [from, to] = [imports.dry!.createdAt, imports.replacing!.createdAt];
    expect(await listed(`createdFrom=${from}&createdTo=${to}`)).toEqual(['failed', 'dry']);
    expect(await listed(`createdFrom=${from}`)).toEqual(['last', 'replacing', 'failed', 'dry']);
    expect(await listed(`createdTo=${from}`)).toEqual(['named']);
    const elsewhere = new Date(Date.parse(from) + 2 * 3_600_000).toISOString().replace('Z', '+02:00');
    expect(await listed(`createdTo=${encodeURIComponent(elsewhere)}`)).toEqual(['named']);
    expect(await listed('createdFrom=0000-01-01T00:00:00Z&createdTo=0001-01-01T00:00:00Z')).toEqual([]);
    expect(await listed('createdTo=9999-12-31T23:59:59.999999999Z')).toHaveLength(5);
  });

  it('keeps several states in the address of the next page', async () => {
    const { next } = await json<Page<Import>>(get(app, '/imports?state=completed&state=failed&limit=2'));
    expect(next).not.toBeNull();
    const page = await json<Page<Import>>(get(app, `/imports?state=completed&state=failed&limit=2&cursor=${next}`));
    expect(namesOf(page.items)).toEqual(['failed', 'dry']);
    // Whatever else is said in the next request.
    const other = await get(app, `/imports?state=completed&state=failed&limit=1&lang=es&uuid=next&cursor=${next}`);
    expect(other.status).toBe(200);
    expect((await get(app, `/imports?state=failed&limit=2&cursor=${next}`)).status).toBe(400);
  });

  it.each([
    ['state=done', 'state', 'not-one-of'],
    ['state=failed&state=done', 'state', 'not-one-of'],
    ['createdFrom=yesterday', 'createdFrom', 'not-a-moment'],
    ['createdFrom=2026-11-23', 'createdFrom', 'not-a-moment'],
    ['createdTo=2026-02-30T00:00:00Z', 'createdTo', 'not-a-moment'],
    ['createdTo=2026-11-23T00:00:00+01:00', 'createdTo', 'not-a-moment'],
    ['sha256=abc', 'sha256', 'unusable'],
    ['dryRun=yes', 'dryRun', 'not-a-flag'],
    ['onDuplicate=replace', 'onDuplicate', 'not-one-of'],
    ['fileName=a%00b', 'fileName', 'unusable'],
    ['fileName=', 'fileName', 'too-short'],
  ])('says what is wrong with %s', async (query, field, code) => {
    expect(await getProblem(app, `/imports?${query}`)).toMatchObject({
      status: 400,
      errors: [{ field, code: `request.errors.${code}` }],
    });
  });

  it('of no state that is refused shows nothing of the upload that was', async () => {
    expect((await upload(app, 'id|name\n')).status).toBe(422);
    expect(await listed('')).toHaveLength(5);
  });
});
