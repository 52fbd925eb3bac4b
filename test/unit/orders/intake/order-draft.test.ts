import { describe, expect, it } from 'vitest';
import { ORDER_COLUMNS, OrderDraft, type OrderColumn } from '../../../../src/orders/intake/order-draft.js';
import { fieldsOf } from './fields.js';

const ORDER = {
  id: '9',
  name: 'Stone Dominguez',
  email: 'ligula.Aliquam.erat@semperegestasurna.com',
  state: 'IA',
  zipcode: '05938',
  birthday: 'Feb 27, 1963',
};
type Fields = Partial<Record<OrderColumn, string | Buffer>>;

const columnsOf = (order: readonly string[]) =>
  Object.fromEntries(ORDER_COLUMNS.map((column) => [column, order.indexOf(column)])) as Record<OrderColumn, number>;

/** A draft that read an order with these fields, and what it said. */
function read(fields: Fields, order: readonly OrderColumn[] = ORDER_COLUMNS) {
  const draft = new OrderDraft(columnsOf(order));
  const malformation = draft.read(fieldsOf(order.map((column) => fields[column] ?? ORDER[column])));
  return { draft, malformation };
}

const text = ({ bytes }: OrderDraft, start: number, end: number): string => bytes.toString('utf8', start, end);

describe('an order', () => {
  it('is read field by field', () => {
    const { draft, malformation } = read({});
    expect(malformation).toBeNull();
    expect(draft).toMatchObject({ id: 9, state: 'IA', writtenZipcode: '05938', zipcodeSum: 25, birthday: 1963_02_27 });
    expect(text(draft, draft.nameStart, draft.nameEnd)).toBe(ORDER.name);
    expect(draft.email).toBe(ORDER.email);
    expect(draft.zipcode.toString('latin1', 0, draft.zipcodeLength)).toBe('05938');
  });

  it('is read whatever the order of the columns', () => {
    const { draft } = read({}, ['birthday', 'state', 'email', 'id', 'zipcode', 'name']);
    expect(draft).toMatchObject({ id: 9, state: 'IA', zipcodeSum: 25, birthday: 1963_02_27, email: ORDER.email });
    expect(text(draft, draft.nameStart, draft.nameEnd)).toBe(ORDER.name);
  });

  it('may have an empty name, e-mail, state and zip code', () => {
    const { draft, malformation } = read({ name: '', email: '', state: '', zipcode: '' });
    expect(malformation).toBeNull();
    expect(draft).toMatchObject({ email: '', state: '', zipcodeLength: 0, zipcodeSum: 0, writtenZipcode: '' });
  });

  it('does not keep what the record before it had', () => {
    const draft = new OrderDraft(columnsOf(ORDER_COLUMNS));
    draft.read(fieldsOf(Object.values({ ...ORDER, zipcode: '12345-6789', state: 'California' })));
    draft.read(fieldsOf(Object.values({ ...ORDER, zipcode: '1', state: 'ny' })));
    expect(draft).toMatchObject({ state: 'NY', zipcodeLength: 1, zipcodeSum: 1, writtenZipcode: '1' });
  });
});

describe('an id', () => {
  it.each([
    ['1', 1],
    ['10', 10],
    ['007', 7],
    ['0000000000000001', 1],
    ['4294967296', 4_294_967_296],
    ['9007199254740991', 9_007_199_254_740_991],
  ])('is read: %s', (id, value) => {
    expect(read({ id })).toMatchObject({ malformation: null, draft: { id: value } });
  });

  it.each([
    '',
    '0',
    '000',
    '-1',
    '+1',
    '1.0',
    '1,000',
    '1e3',
    '0x10',
    '12abc',
    'abc',
    ' 1',
    '1 ',
    ' ',
    ' 12 ',
    '\t12',
    '+5',
    'NaN',
    'Infinity',
    'null',
    '१',
    '9007199254740992',
    '9007199254740993',
    '9999999999999999',
    '18446744073709551617',
    '00000000000000001',
  ])('is refused and quoted: %j', (id) => {
    expect(read({ id }).malformation).toEqual({ code: 'id.not-an-integer', params: { column: 1, value: id } });
  });
});

describe('a state', () => {
  it.each([
    ['ny', 'NY'],
    ['Ny', 'NY'],
    ['California', 'CALIFORNIA'],
    ['n', 'N'],
    ['é', 'É'],
    ['', ''],
  ])('is kept in upper case: %j', (state, upper) => {
    expect(read({ state }).draft.state).toBe(upper);
  });

  it('is kept in upper case also the second time', () => {
    const draft = new OrderDraft(columnsOf(ORDER_COLUMNS));
    const states = ['ny', 'NY', 'ca', 'ny', 'é', 'nY'].map((state) => {
      draft.read(fieldsOf(Object.values({ ...ORDER, state })));
      return draft.state;
    });
    expect(states).toEqual(['NY', 'NY', 'CA', 'NY', 'É', 'NY']);
  });
});

describe('a zip code', () => {
  it.each([
    ['12345', '12345', 15],
    ['12345-6789', '123456789', 45],
    ['99999 9999', '999999999', 81],
    ['SW1A 1AA', '11', 2],
    ['none', '', 0],
    ['１２３４５', '', 0],
  ])('is its digits: %j', (zipcode, digits, sum) => {
    const { draft } = read({ zipcode });
    expect(draft.zipcode.toString('latin1', 0, draft.zipcodeLength)).toBe(digits);
    expect(draft.zipcodeSum).toBe(sum);
  });

  it('is compared as it was written', () => {
    expect(read({ zipcode: '12345-6789' }).draft.writtenZipcode).not.toBe(
      read({ zipcode: '123456789' }).draft.writtenZipcode,
    );
  });
});

describe('short fields', () => {
  it.each(['state', 'zipcode'] as const)('have 255 bytes at most: %s', (column) => {
    expect(read({ [column]: '1'.repeat(255) }).malformation).toBeNull();
    expect(read({ [column]: '1'.repeat(256) }).malformation).toEqual({
      code: 'field.too-long',
      params: { column: ORDER_COLUMNS.indexOf(column) + 1, limit: 255 },
    });
    expect(read({ [column]: 'é'.repeat(128) }).malformation?.code).toBe('field.too-long');
  });
});

describe('what is wrong with a record', () => {
  it('is the first of several things, in the order of the columns', () => {
    expect(read({ id: 'x', birthday: 'x' }).malformation?.code).toBe('id.not-an-integer');
    expect(read({ zipcode: '1'.repeat(300), birthday: 'x' }).malformation?.code).toBe('field.too-long');
    expect(read({ birthday: 'Feb 30, 1990' }).malformation).toEqual({
      code: 'birthday.not-a-date',
      params: { column: 6, value: 'Feb 30, 1990' },
    });
  });

  it('is named by the number that its column has in the file', () => {
    const order = ['birthday', 'state', 'email', 'id', 'zipcode', 'name'] as const;
    expect(read({ id: 'x' }, order).malformation?.params.column).toBe(4);
    expect(read({ birthday: 'x' }, order).malformation?.params.column).toBe(1);
    expect(read({ state: 'x'.repeat(300) }, order).malformation?.params.column).toBe(2);
  });

  it('quotes at most 40 characters', () => {
    expect(read({ id: 'x'.repeat(40) }).malformation?.params.value).toBe('x'.repeat(40));
    expect(read({ id: 'x'.repeat(60_000) }).malformation?.params.value).toBe('x'.repeat(40));
    expect(read({ birthday: '€'.repeat(60) }).malformation?.params.value).toBe('€'.repeat(40));
  });

  it('quotes whole characters, because half a one is no text to the database', () => {
    const quoted = ['', 'x', 'é', '€'].map(
      (begin) => read({ birthday: begin + '😀'.repeat(50) }).malformation!.params.value,
    );
    for (const value of quoted) {
      expect([...String(value)]).toHaveLength(40);
      expect(value).toBe(String(value).toWellFormed());
      expect(value).not.toContain('\ufffd');
    }
  });
});
