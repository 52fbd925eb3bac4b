import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderFilter } from '../../src/orders/list-orders.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import { startApp, type App } from '../support/app.js';
import { exported, get, getProblem, importOf, json } from '../support/client.js';
import { fileOf, generated, record } from '../support/order-files.js';

let app: App;
let all: Order[];
let importId: string;

beforeAll(async () => {
  app = await startApp();
  await importOf(app, (await generated({ rows: 3_000, seed: 6 })).content);
  const own = await importOf(
    app,
    fileOf(
      record(900_001, { email: 'Ana.Souza@Example.ORG', zipcode: '90210-1234', birthday: '1980-01-01' }),
      record(900_002, { email: 'rui@example.org', zipcode: '9021', birthday: '1980-01-02' }),
      record(900_003, { email: 'a@b@example.org', zipcode: '90210', birthday: '1979-12-31' }),
      record(900_004, { email: 'example.org', state: 'new york', zipcode: '0', birthday: '1980-12-31' }),
    ),
  );
  importId = own.id;
  all = await Array.fromAsync(exported(app));
});
afterAll(() => app?.stop());

type Asked = Partial<Record<keyof OrderFilter | 'fields', string>>;

const queryOf = (asked: Asked, more: Record<string, string> = {}): string =>
  `?${new URLSearchParams({ ...asked, ...more }).toString()}`;

/** Every order of a filter, page by page. */
async function listed(asked: Asked, limit: number): Promise<Order[]> {
  const orders: Order[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = queryOf(asked, { limit: String(limit), ...(cursor ? { cursor } : {}) });
    const page: { items: Order[]; next: string | null } = await json(get(app, `/orders${query}`));
    orders.push(...page.items);
    cursor = page.next;
  }
  return orders;
}

const domainOf = ({ email }: Order): string => email.toLowerCase().split('@').at(-1)!;

describe('orders are found by', () => {
  it.each<[string, Asked, (order: Order) => boolean]>([
    ['the first digits of the zip code', { zipcode: '9' }, ({ zipcode }) => zipcode.startsWith('9')],
    ['a whole zip code', { zipcode: '90210' }, ({ zipcode }) => zipcode.startsWith('90210')],
    ['nine digits', { zipcode: '902101234' }, ({ zipcode }) => zipcode === '902101234'],
    ['an e-mail address in any case', { email: 'ana.souza@EXAMPLE.org' }, ({ id }) => id === 900_001],
    ['an address with two @', { email: 'a@b@example.org' }, ({ id }) => id === 900_003],
    ['a domain', { email: 'example.ORG' }, (order) => domainOf(order) === 'example.org'],
    ['a domain behind an @', { email: '@example.org' }, (order) => domainOf(order) === 'example.org'],
    ['a rule', { rule: 'zipcode_sum' }, ({ violations }) => violations.includes('zipcode_sum')],
    ['the first day of birth', { bornFrom: '1980-01-01' }, ({ birthday }) => birthday >= '1980-01-01'],
    ['the last day of birth', { bornTo: '1979-12-31' }, ({ birthday }) => birthday <= '1979-12-31'],
    [
      'both days of birth',
      { bornFrom: '1980-01-01', bornTo: '1980-01-02' },
      ({ birthday }) => birthday === '1980-01-01' || birthday === '1980-01-02',
    ],
    ['a state in any case', { state: 'New York' }, ({ id }) => id === 900_004],
    [
      'several of these',
      { valid: 'false', rule: 'allowed_age', zipcode: '1', bornFrom: '2005-01-01' },
      ({ violations, zipcode, birthday }) =>
        violations.includes('allowed_age') && zipcode.startsWith('1') && birthday >= '2005-01-01',
    ],
  ])('%s, on every page and in the export', async (_, asked, isWanted) => {
    const wanted = all.filter(isWanted);
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(all.length);
    expect(await listed(asked, 1000)).toEqual(wanted);
    expect((await listed(asked, 97)).map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
    expect(await Array.fromAsync(exported(app, queryOf(asked)))).toEqual(wanted);
  });

  it('the import that stored them and a rule', async () => {
    expect((await listed({ importId, rule: 'zipcode_length' }, 10)).map(({ id }) => id)).toEqual([900_002, 900_004]);
  });

  it('nothing that no order has', async () => {
    for (const asked of [{ email: 'nobody@example.org' }, { zipcode: '999999999' }, { bornFrom: '2200-01-01' }]) {
      expect(await listed(asked, 10)).toEqual([]);
    }
  });

  it('nothing that could be read as SQL or as a pattern', async () => {
    for (const email of ["x' OR '1'='1", '%', '_@example.org', '$1', '\\']) {
      expect(await listed({ email }, 10)).toEqual([]);
    }
  });
});

describe('a filter that cannot be meant', () => {
  it.each([
    ['zipcode', '12a'],
    ['zipcode', '1234567890'],
    ['bornFrom', '1980-02-30'],
    ['bornFrom', '0000-01-01'],
    ['bornTo', 'yesterday'],
    ['rule', 'same_destination'],
    ['fields', 'password'],
    ['email', 'x'.repeat(321)],
  ])('of %s is refused by its name: %s', async (field, value) => {
    const problem = await getProblem(app, `/orders?${new URLSearchParams({ [field]: value }).toString()}`);
    expect(problem).toMatchObject({ status: 400, code: 'request.invalid-parameters' });
    expect(problem.errors!.map((error) => error.field.split('.')[0])).toEqual([field]);
  });
});

describe('a cursor', () => {
  it('is good for its own filter only', async () => {
    const { next } = await json<{ next: string }>(get(app, '/orders?valid=true&limit=5'));
    const problem = await getProblem(app, `/orders?valid=false&limit=5&cursor=${next}`);
    expect(problem.errors).toMatchObject([{ field: 'cursor', code: 'request.errors.not-a-cursor' }]);
    expect((await get(app, `/orders?limit=9&valid=true&lang=es&cursor=${next}`)).status).toBe(200);
  });

  it('is taken by every API', async () => {
    const { next } = await json<{ next: string }>(get(app, '/orders?limit=5'));
    const other = await app.startApi();
    const page = await json<{ items: Order[] }>(fetch(`${other.url}/acme_orders/api/v1/orders?limit=5&cursor=${next}`));
    expect(page.items).toEqual(all.slice(5, 10));
  });
});

describe('the fields', () => {
  it('that are asked for are given, and the id always', async () => {
    const page = await json<{ items: Order[] }>(get(app, '/orders?limit=2&fields=state&fields=valid'));
    expect(page.items).toEqual(all.slice(0, 2).map(({ id, state, valid }) => ({ id, state, valid })));
    expect(await json(get(app, '/orders/900002?fields=violations'))).toEqual({
      id: 900_002,
      violations: ['zipcode_length'],
    });
  });
});
