import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import { linesAbout, startApp, type App } from '../support/app.js';
import { accepted, allOf, ended, exported, get, getProblem, importOf, json, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface OrderWithErrors extends Order {
  readonly errors: readonly { rule: string; message: string; params: Record<string, unknown> }[];
}
interface OrderPage {
  readonly items: readonly Order[];
  readonly next: string | null;
}

let app: App;
let first: Import;
let second: Import;
let all: Order[];

// Every third order is from a state that no wine ships to, every fifth from one that the file writes small.
const stateOf = (id: number): string => (id % 3 === 0 ? 'PA' : id % 5 === 0 ? 'ca' : 'IA');
const manyOrders = (from: number, count: number): string =>
  fileOf(...Array.from({ length: count }, (_, index) => record(from + index, { state: stateOf(from + index) })));

beforeAll(async () => {
  app = await startApp();
  first = await importOf(app, manyOrders(1, 300));
  second = await importOf(app, manyOrders(1_001, 40));
  all = await Array.fromAsync(exported(app));
});
afterAll(() => app?.stop());

const list = (query = ''): Promise<OrderPage> => json(get(app, `/orders${query}`));
const idsOf = (orders: readonly Order[]): number[] => orders.map(({ id }) => id);
const idsWhere = (wanted: (order: Order) => boolean): number[] => idsOf(all.filter(wanted));

describe('the list of orders', () => {
  it('is sorted by id, and has a hundred of them where nothing else is asked for', async () => {
    const page = await list();
    expect(page.items).toEqual(all.slice(0, 100));
    expect(idsOf(all)).toEqual(idsOf(all).toSorted((a, b) => a - b));
    expect(all).toHaveLength(340);
  });

  it('gives each order whole', async () => {
    const page = await list('?limit=1');
    expect(page.items).toEqual([
      {
        id: 1,
        originalId: null,
        name: 'Customer 1',
        email: 'customer1@example.com',
        state: 'IA',
        zipcode: '10001',
        birthday: '1963-02-27',
        valid: true,
        violations: [],
        importId: first.id,
        record: 1,
        line: 2,
      },
    ]);
  });

  it.each<[string, (order: Order) => boolean]>([
    ['?valid=true', ({ valid }) => valid],
    ['?valid=false', ({ valid }) => !valid],
    ['?state=CA', ({ state }) => state === 'CA'],
    ['?state=ca', ({ state }) => state === 'CA'],
    ['?state=Pa', ({ state }) => state === 'PA'],
    ['?state=XX', () => false],
    ['?state=IA&valid=false', () => false],
    ['?state=PA&valid=false', ({ state }) => state === 'PA'],
    ['?importId=SECOND', ({ importId }) => importId === second.id],
    ['?importId=SECOND&valid=false', ({ importId, valid }) => importId === second.id && !valid],
    ['?importId=FIRST&state=ca', ({ importId, state }) => importId === first.id && state === 'CA'],
    ['?importId=019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11', () => false],
  ])('is filtered by %s', async (query, wanted) => {
    const address = query.replace('FIRST', first.id).replace('SECOND', second.id);
    const page = await list(`${address}&limit=1000`);
    expect(idsOf(page.items)).toEqual(idsWhere(wanted));
    expect(page.next).toBeNull();
  });

  it('has from 1 to 1000 orders a page', async () => {
    expect((await list('?limit=1')).items).toHaveLength(1);
    expect((await list('?limit=1000')).items).toHaveLength(340);
    expect((await list('?limit=340')).next).toBeNull();
    expect((await list('?limit=339')).next).not.toBeNull();
  });

  it.each(['?limit=7', '?limit=50&valid=false', '?limit=1&state=ca', '?limit=9&offset=20&lang=es'])(
    'is complete when it is paged to the end by its links: %s',
    async (query) => {
      const [offset] = /(?<=offset=)\d+/.exec(query) ?? [0];
      const filter = query.replace(/limit=\d+/, 'limit=1000').replace(/&offset=\d+/, '');
      const whole = await list(filter);
      expect(await allOf<Order>(app, `/orders${query}`)).toEqual(whole.items.slice(Number(offset)));
    },
  );

  it('names the next page in the body and in a link, and none on the last', async () => {
    const answer = await get(app, '/orders?limit=300&state=ia&offset=0');
    const { next } = await json<OrderPage>(answer.clone());
    expect(next).toBeNull();
    expect(answer.headers.get('link')).toBeNull();
    const paged = await get(app, '/orders?limit=10&state=ia&offset=5');
    const cursor = (await json<OrderPage>(paged.clone())).next;
    expect(paged.headers.get('link')).toBe(
      `</acme_orders/api/v1/orders?limit=10&state=ia&cursor=${cursor}>; rel="next"`,
    );
  });

  it('begins behind an offset of up to 10 000', async () => {
    expect((await list('?offset=330')).items).toEqual(all.slice(330));
    expect((await list('?offset=3&limit=2')).items).toEqual(all.slice(3, 5));
    expect((await list('?offset=10000')).items).toEqual([]);
  });

  it('stays right behind a cursor when orders are added before it', async () => {
    const page = await list('?limit=320');
    await importOf(app, fileOf(record(500), record(501)));
    const rest = await list(`?limit=320&cursor=${page.next}`);
    expect(rest.items).toEqual(all.slice(320));
    all = await Array.fromAsync(exported(app));
  });
});

const orderOf = (id: number, headers: Record<string, string> = {}, query = ''): Promise<OrderWithErrors> =>
  json(get(app, `/orders/${id}${query}`, headers));

const messages = async (lang: string) =>
  (await orderOf(5_001, { 'accept-language': lang })).errors.map(({ message }) => message);

describe('an order', () => {
  beforeAll(async () => {
    await importOf(
      app,
      fileOf(
        record(5_001, { state: 'pa', zipcode: '99-99 9x9', birthday: '01/31/2015', email: 'nobody' }),
        record(5_002, { state: 'NY', email: 'x@y.net' }),
        record(5_003),
      ),
    );
  });

  it('that is valid has no errors', async () => {
    expect(await orderOf(5_003)).toMatchObject({ id: 5_003, valid: true, violations: [], errors: [] });
  });

  it('that is invalid tells every rule that it breaks, with its parameters', async () => {
    const { errors, violations, valid, zipcode, birthday, state } = await orderOf(5_001);
    expect({ valid, zipcode, birthday, state }).toEqual({
      valid: false,
      zipcode: '999999',
      birthday: '2015-01-31',
      state: 'PA',
    });
    expect(errors.map(({ rule, params }) => ({ rule, params }))).toEqual([
      { rule: 'allowed_state', params: { states: ['NJ', 'CT', 'PA', 'MA', 'IL', 'ID', 'OR'] } },
      { rule: 'zipcode_length', params: { lengths: [5, 9] } },
      { rule: 'zipcode_sum', params: { max: 20 } },
      { rule: 'allowed_age', params: { years: 21, timeZone: 'America/New_York' } },
      { rule: 'email_pattern', params: {} },
    ]);
    expect(errors.map(({ rule }) => rule)).toEqual(violations);
    expect((await orderOf(5_002)).errors).toEqual([
      {
        rule: 'email_state',
        message: 'Customers of a state may not use its refused e-mail domains: NY: .net.',
        params: { refused: { NY: ['.net'] } },
      },
    ]);
  });

  it('tells it in English, Portuguese and Spanish', async () => {
    expect(await messages('en')).toEqual([
      'No wine ships to these states: NJ, CT, PA, MA, IL, ID, OR.',
      'The number of digits in the zip code must be one of: 5, 9.',
      'The digits of the zip code add up to more than 20.',
      'The customer is under 21 years old.',
      'The e-mail address is not valid.',
    ]);
    const [english, portuguese, spanish] = await Promise.all(['en', 'pt-BR', 'es'].map(messages));
    expect(portuguese![2]).toBe('Os dígitos do código postal somam mais de 20.');
    expect(spanish![2]).toMatch(/^Los dígitos del código postal .* 20\.$/);
    for (const [at, text] of english!.entries()) expect(new Set([text, portuguese![at], spanish![at]]).size).toBe(3);
    expect([...portuguese!, ...spanish!].join()).not.toMatch(/[{}]/);
  });

  it.each([
    [undefined, '', 'en'],
    ['pt', '', 'pt-BR'],
    ['pt-PT', '', 'pt-BR'],
    ['PT-br', '', 'pt-BR'],
    ['es-MX', '', 'es'],
    ['fr', '', 'en'],
    ['*', '', 'en'],
    ['fr;q=1, es;q=0.8, en;q=0.1', '', 'es'],
    ['en;q=0.1, pt;q=0.9', '', 'pt-BR'],
    ['es;q=0.2,pt-BR;q=0.3', '', 'pt-BR'],
    ['es', '?lang=pt-BR', 'pt-BR'],
    ['es', '?lang=pt', 'pt-BR'],
    ['es', '?lang=EN', 'en'],
    ['es', '?lang=fr', 'es'],
    [undefined, '?lang=fr', 'en'],
  ])('asked for with Accept-Language %s and "%s" answers in %s', async (accepts, query, lang) => {
    const headers: Record<string, string> = accepts === undefined ? {} : { 'accept-language': accepts };
    const answer = await get(app, `/orders/5001${query}`, headers);
    expect(answer.headers.get('content-language')).toBe(lang);
    expect(answer.headers.get('vary')).toContain('Accept-Language');
    const { errors } = await json<OrderWithErrors>(answer);
    const [expected] = (await orderOf(5_001, {}, `?lang=${lang}`)).errors;
    expect(errors[0]!.message).toBe(expected!.message);
  });
});

const csv = async (query: string): Promise<string> =>
  (await get(app, `/orders/export${query}`, { accept: 'text/csv' })).text();

describe('the export of orders', () => {
  const HEAD = 'id,name,email,state,zipcode,birthday,valid,violations,importId,record,line,originalId';
  let strange: Import;

  beforeAll(async () => {
    const names = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\tTab',
      'a=b',
      'Comma, Inc.',
      '"Say ""hi"""',
      '"two\nlines"',
      '"=""x"",1"',
      "'quoted'",
      '',
      'Ünïcode 🍷',
    ];
    strange = await importOf(
      app,
      fileOf(
        ...names.map((name, index) => record(6_001 + index, { name })),
        record(6_100, { state: 'PA', zipcode: '99999', email: '=cmd|calc' }).replace('cmd|', 'cmd'),
      ),
    );
  });

  it('is NDJSON where the client takes anything, and CSV where it asks for it', async () => {
    const types = await Promise.all(
      [
        undefined,
        '*/*',
        'application/x-ndjson',
        'application/*',
        'text/csv',
        'text/*',
        'TEXT/CSV; charset=utf-8',
        'text/html, text/csv;q=0.9, */*;q=0.1',
        'application/x-ndjson;q=0.5, text/csv',
        'text/csv, application/x-ndjson',
        'text/csv;q=0, */*',
      ].map(async (accept) => {
        const answer = await get(app, '/orders/export?state=XX', accept === undefined ? {} : { accept });
        return [accept, answer.headers.get('content-type'), answer.headers.get('content-disposition')];
      }),
    );
    const ndjson = ['application/x-ndjson; charset=utf-8', 'attachment; filename="orders.ndjson"'];
    const text = ['text/csv; charset=utf-8', 'attachment; filename="orders.csv"'];
    expect(types).toEqual([
      [undefined, ...ndjson],
      ['*/*', ...ndjson],
      ['application/x-ndjson', ...ndjson],
      ['application/*', ...ndjson],
      ['text/csv', ...text],
      ['text/*', ...text],
      ['TEXT/CSV; charset=utf-8', ...text],
      ['text/html, text/csv;q=0.9, */*;q=0.1', ...text],
      ['application/x-ndjson;q=0.5, text/csv', ...text],
      ['text/csv, application/x-ndjson', ...text],
      ['text/csv;q=0, */*', ...ndjson],
    ]);
  });

  it('in no other format is answered with 406', async () => {
    for (const accept of ['text/html', 'application/pdf', 'application/json', 'text/csv;q=0']) {
      expect((await get(app, '/orders/export', { accept })).status).toBe(406);
    }
    expect(await getProblem(app, '/orders/export?lang=es', { accept: 'text/html' })).toMatchObject({
      status: 406,
      code: 'orders.not-acceptable',
    });
  });

  it('as NDJSON has the same orders as the list', async () => {
    const exportedOrders = await Array.fromAsync(exported(app, `?importId=${first.id}`));
    expect(exportedOrders).toEqual((await list(`?importId=${first.id}&limit=1000`)).items);
  });

  it('as CSV quotes as RFC 4180 says, and neutralises what a spreadsheet would compute', async () => {
    const row = (id: number, name: string, line: number) =>
      `${id},${name},customer${id}@example.com,IA,${id % 2 === 0 ? '10002' : '10001'},1963-02-27,true,,${strange.id},${id - 6_000},${line},`;
    expect(await csv(`?importId=${strange.id}`)).toBe(
      [
        HEAD,
        row(6_001, "'=1+1", 2),
        row(6_002, "'+1", 3),
        row(6_003, "'-1", 4),
        row(6_004, "'@SUM(A1)", 5),
        row(6_005, "'\tTab", 6),
        row(6_006, 'a=b', 7),
        row(6_007, '"Comma, Inc."', 8),
        row(6_008, '"Say ""hi"""', 9),
        row(6_009, '"two\nlines"', 10),
        row(6_010, `"'=""x"",1"`, 12),
        row(6_011, "'quoted'", 13),
        row(6_012, '', 14),
        row(6_013, 'Ünïcode 🍷', 15),
        `6100,Customer 6100,'=cmdcalc,PA,99999,1963-02-27,false,allowed_state zipcode_sum email_pattern,${strange.id},14,16,`,
        '',
      ].join('\n'),
    );
  });

  it('as raw CSV leaves every text as it is', async () => {
    const raw = await csv(`?importId=${strange.id}&raw=true`);
    expect(raw).toContain('6001,=1+1,');
    expect(raw).toContain('6010,"=""x"",1",');
    expect(raw).toContain(',=cmdcalc,');
    expect(await csv(`?importId=${strange.id}&raw=false`)).toBe(await csv(`?importId=${strange.id}`));
  });

  it.each<[string, (order: Order) => boolean]>([
    ['?valid=false', ({ valid }) => !valid],
    ['?state=ca', ({ state }) => state === 'CA'],
    ['?importId=SECOND&valid=true', ({ importId, valid }) => importId === second.id && valid],
  ])('is filtered as the list is: %s', async (query, wanted) => {
    const address = query.replace('SECOND', second.id);
    const orders = await Array.fromAsync(exported(app, address));
    const everything = await Array.fromAsync(exported(app));
    expect(orders).toEqual(everything.filter(wanted));
    const rows = (await csv(address)).trimEnd().split('\n').slice(1);
    expect(rows.filter((row) => /^\d+,/.test(row)).map((row) => Number(row.split(',')[0]))).toEqual(idsOf(orders));
  });

  it('of no order is the header alone as CSV, and nothing as NDJSON', async () => {
    expect(await csv('?state=XX')).toBe(`${HEAD}\n`);
    expect(await Array.fromAsync(exported(app, '?state=XX'))).toEqual([]);
  });

  it('may be asked for its head alone', async () => {
    const answer = await fetch(`${app.api}/orders/export`, { method: 'HEAD', headers: { accept: 'text/csv' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('can be imported again as it is', async () => {
    const again = await importOf(app, await csv(`?importId=${second.id}`));
    expect(again).toMatchObject({ state: 'completed', file: { delimiter: ',' } });
    expect(again.counts).toEqual({ read: 40, valid: 0, invalid: 0, duplicate: 40, malformed: 0 });
  });
});

const idOf = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
  (await get(app, path, headers)).headers.get('x-request-id')!;

describe('the id of a request', () => {
  it('is the one that the client gives, if it is well formed', async () => {
    expect(await idOf('/orders', { 'x-request-id': 'order-form_7' })).toBe('order-form_7');
    expect(await idOf('/orders?uuid=order-form_8')).toBe('order-form_8');
    expect(await idOf('/nothing', { 'x-request-id': 'a'.repeat(64) })).toBe('a'.repeat(64));
    const problem = await getProblem(app, '/orders/0', { 'x-request-id': 'order-form_9' });
    expect(problem.requestId).toBe('order-form_9');
  });

  it('is made where there is none, or none that can be used', async () => {
    const made = await Promise.all([
      idOf('/orders'),
      idOf('/orders', { 'x-request-id': 'short' }),
      idOf('/orders', { 'x-request-id': 'a'.repeat(65) }),
      idOf('/orders', { 'x-request-id': 'no spaces here' }),
      idOf('/orders', { 'x-request-id': '{"level":60}' }),
      idOf('/orders?uuid=%0a%0aforged-line'),
    ]);
    for (const id of made) expect(id).toMatch(UUID);
    expect(new Set(made).size).toBe(made.length);
  });

  it('is followed through the log of the API, the import and the log of the worker', async () => {
    const requestId = 'follow-me-1234';
    const { id, requestId: kept } = await accepted(
      upload(app, fileOf(record(7_001)), '', { 'x-request-id': requestId }),
    );
    expect(kept).toBe(requestId);
    expect((await ended(app, id)).requestId).toBe(requestId);
    await eventually('both processes have logged it', () => {
      const lines = linesAbout(app.log(), { 'http.request.id': requestId });
      const services = new Set(lines.map((line) => line['service.name']));
      return services.size === 2 && lines.some(({ message }) => message === 'segment done');
    });
    const requests = linesAbout(app.log(), { 'http.request.id': requestId, message: 'request completed' });
    expect(requests).toMatchObject([
      {
        'service.name': 'acme-orders-api',
        'http.request.method': 'POST',
        'url.path': '/acme_orders/api/v1/imports',
        'http.response.status_code': 202,
        'event.duration': expect.any(Number) as number,
      },
    ]);
    const worker = linesAbout(app.log(), { 'http.request.id': requestId, 'service.name': 'acme-orders-worker' });
    expect(worker.map((line) => [line.message, line['labels.import_id']])).toEqual([
      ['segment taken up', id],
      ['segment done', id],
    ]);
  });

  it('stands in the log without what the query holds', async () => {
    await get(app, '/orders?state=SECRETSTATE&uuid=keep-it-quiet');
    await eventually('it is logged', () => linesAbout(app.log(), { 'http.request.id': 'keep-it-quiet' })[0]);
    expect(app.log().includes('SECRETSTATE')).toBe(false);
  });
});

const send = (method: string, path: string, id: number): Promise<Response> => {
  const body = new FormData();
  body.append('csv_file', new Blob([fileOf(record(id))]), 'orders.csv');
  return fetch(`${app.api}/orders/import${path}`, { method, body });
};

describe('the addresses of the service before this one', () => {
  it.each([
    ['PUT', 8_001],
    ['POST', 8_002],
  ])('take a file with %s and tell where its status is', async (method, orderId) => {
    const answer = await send(method, '', orderId);
    expect(answer.status).toBe(202);
    const started = await json<Import>(answer.clone());
    expect(answer.headers.get('location')).toBe(`/acme_orders/api/v1/orders/import/status/${started.id}`);
    const done = await ended(app, started.id);
    expect(done).toMatchObject({ state: 'completed', counts: { valid: 1 }, file: { name: 'orders.csv' } });
    expect(await json(fetch(app.url + answer.headers.get('location')!))).toEqual(done);
  });

  it('list the imports as the new one does', async () => {
    for (const query of ['?limit=2', '?state=completed&limit=1000', '?state=failed']) {
      expect(await json(get(app, `/orders/import/status${query}`))).toEqual(await json(get(app, `/imports${query}`)));
    }
    const ids = (await allOf<Import>(app, '/orders/import/status?limit=2')).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect(ids).toContain(first.id);
  });

  it('take the id of the request from the query', async () => {
    const answer = await send('PUT', '?uuid=from-the-query', 8_003);
    const { id, requestId } = await json<Import>(answer);
    expect(requestId).toBe('from-the-query');
    await ended(app, id);
  });

  it('answer the list of orders with limit, offset, valid and state', async () => {
    const page = await list('?limit=2&offset=1&valid=true&state=IA');
    expect(page.items).toEqual(all.filter(({ valid, state }) => valid && state === 'IA').slice(1, 3));
  });
});
