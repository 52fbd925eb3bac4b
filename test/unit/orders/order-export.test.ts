import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../../src/orders/order.dto.js';
import { csvRows, ndjsonRows } from '../../../src/orders/order-export.js';
import { ALL_FIELDS } from '../../../src/orders/order-rows.js';
import { BinaryRows } from '../../../src/shared/binary-rows.js';
import { CopyRows, textArray, uuid } from '../../../src/shared/copy-rows.js';
import { csvCell, withoutFormula } from '../../../src/shared/csv-cell.js';

const DAY_MS = 86_400_000;

/** Orders as PostgreSQL would send them. */
async function* sent(...batches: Order[][]): AsyncGenerator<BinaryRows> {
  for (const orders of batches) {
    const rows = new CopyRows(64);
    for (const order of orders) addOrder(rows, order);
    yield new BinaryRows(Buffer.concat([...rows.pieces()]));
  }
}

function addOrder(rows: CopyRows, order: Order): void {
  rows.row(12);
  rows.int8(order.id);
  for (const text of [order.name, order.email, order.state, order.zipcode]) rows.text(text);
  rows.int4((Date.parse(order.birthday) - Date.UTC(2000, 0, 1)) / DAY_MS);
  rows.boolean(order.valid);
  rows.value(textArray(order.violations));
  rows.value(uuid(order.importId));
  rows.int8(order.record);
  rows.int8(order.line);
  if (order.originalId === null) rows.null();
  else rows.int8(order.originalId);
}

const whole = async (pieces: AsyncIterable<Buffer>): Promise<string> =>
  Buffer.concat(await Array.fromAsync(pieces)).toString();

const positive = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.maxSafeInteger().filter((id) => id > 0),
);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }).map((each) => each.toWellFormed()),
  fc.string({
    unit: fc.constantFrom('"', ',', '\n', '\r', '\t', '\\', '=', '+', '@', "'", 'a', 'é', '\u2028', '€'),
    maxLength: 8,
  }),
);
const order: fc.Arbitrary<Order> = fc.record({
  id: positive,
  name: text,
  email: text,
  state: text,
  zipcode: fc.stringMatching(/^\d{0,9}$/),
  birthday: fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  valid: fc.boolean(),
  violations: fc.subarray(['zipcode_sum', 'allowed_age', 'email_state'] as Order['violations']),
  importId: fc.uuid(),
  record: positive,
  line: positive,
  originalId: fc.option(positive),
});

describe('orders that are exported', () => {
  it('are as NDJSON what JSON.stringify makes of them, without what ends a line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(order), fc.array(order), async (first, second) => {
        const written = await whole(ndjsonRows(sent(first, second)));
        const lines = [...first, ...second].map((each) => `${JSON.stringify(each)}\n`).join('');
        expect(written).toBe(lines.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'));
      }),
    );
  });

  it.each([true, false])('are as CSV cells of their fields: raw is %s', async (isRaw) => {
    const cell = (value: Order[keyof Order]): string => {
      if (typeof value === 'number' || typeof value === 'boolean') return String(value);
      const content = Array.isArray(value) ? value.join(' ') : (value ?? '');
      return csvCell(isRaw ? content : withoutFormula(content), ',');
    };
    await fc.assert(
      fc.asyncProperty(fc.array(order), async (orders) => {
        const rows = orders.map((each) => `${ALL_FIELDS.map((name) => cell(each[name])).join(',')}\n`);
        expect(await whole(csvRows(sent(orders), isRaw))).toBe([`${ALL_FIELDS.join(',')}\n`, ...rows].join(''));
      }),
    );
  });

  it('are handed on in pieces, however many there are', async () => {
    const [one] = fc.sample(order, 1);
    const pieces = await Array.fromAsync(
      ndjsonRows(sent(Array.from({ length: 5_000 }, () => ({ ...one!, name: 'x'.repeat(100) })))),
    );
    expect(pieces.length).toBeGreaterThan(5);
    for (const piece of pieces) expect(piece.length).toBeLessThan(70_000);
  });
});
