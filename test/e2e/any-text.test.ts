import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Reject } from '../../src/imports/reject.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import { startApp, type App } from '../support/app.js';
import { exported, get, importOf, json, rejectsOf } from '../support/client.js';
import { parseCsv, quoted } from '../support/csv.js';
import { CONTROL_CHARACTER, NAUGHTY_STRINGS } from '../support/naughty-strings.js';
import { fileOf, record } from '../support/order-files.js';

/** For each column of text what is stored of a field that is not malformed. */
const STORED = {
  name: (text: string) => text.normalize('NFC'),
  email: (text: string) => text,
  state: (text: string) => text.toUpperCase(),
  zipcode: (text: string) => text.replaceAll(/[^0-9]/g, ''),
};
type TextColumn = keyof typeof STORED;
const COLUMNS = Object.keys(STORED) as TextColumn[];
const SHORT: readonly TextColumn[] = ['state', 'zipcode'];

/** A record that has one naughty string in one column. */
interface Case {
  readonly number: number;
  readonly text: string;
  readonly column: TextColumn;
  /** What makes it malformed, or null. */
  readonly code: string | null;
}

const codeOf = (text: string, column: TextColumn): string | null => {
  const [control] = CONTROL_CHARACTER.exec(text) ?? [];
  if (control !== undefined) return control === '\0' ? 'text.nul' : 'text.control-character';
  return SHORT.includes(column) && Buffer.byteLength(text) > 255 ? 'field.too-long' : null;
};
const cases: readonly Case[] = NAUGHTY_STRINGS.flatMap((text) =>
  COLUMNS.map((column) => ({ text, column, code: codeOf(text, column) })),
).map((each, index) => ({ ...each, number: index + 1 }));
const good = cases.filter(({ code }) => code === null);
const bad = cases.filter(({ code }) => code !== null);

let app: App;
let done: Import;
let rejects: Reject[];
beforeAll(async () => {
  app = await startApp();
  done = await importOf(
    app,
    fileOf(...cases.map(({ number, column, text }) => record(number, { [column]: quoted(text) }))),
  );
  rejects = await rejectsOf(app, done.id, '&outcome=malformed');
});
afterAll(() => app?.stop());

/** What must come back of a case, and what came back. */
const expected = ({ number, column, text }: Case) => ({ id: number, [column]: STORED[column](text) });
const found = ({ column }: Case, order: Partial<Order> | undefined) => ({ id: order?.id, [column]: order?.[column] });

describe('every naughty string in every column of text', () => {
  it('is stored, or is malformed because of what it is', () => {
    expect(cases.length).toBeGreaterThan(1_900);
    expect(done.state).toBe('completed');
    expect(done.counts).toMatchObject({ read: cases.length, duplicate: 0, malformed: bad.length });
  });

  it('comes back equal in the export as NDJSON', async () => {
    const orders = new Map((await Array.fromAsync(exported(app))).map((order) => [order.id, order]));
    expect(orders.size).toBe(good.length);
    expect(good.map((each) => found(each, orders.get(each.number)))).toEqual(good.map(expected));
  });

  it('comes back equal in the export as raw CSV', async () => {
    const answer = await get(app, '/orders/export?raw=true', { accept: 'text/csv' });
    const [header, ...rows] = parseCsv(await answer.text());
    const orders = new Map(
      rows.map((row) => {
        const order = Object.fromEntries(header!.map((name, at) => [name, row[at]])) as Record<TextColumn, string>;
        return [Number(row[0]), { ...order, id: Number(row[0]) }];
      }),
    );
    expect(orders.size).toBe(good.length);
    expect(good.map((each) => found(each, orders.get(each.number)))).toEqual(good.map(expected));
  });

  it('comes back equal as a single order', async () => {
    for (let at = 0; at < good.length; at += 50) {
      const some = good.slice(at, at + 50);
      const orders = await Promise.all(some.map(({ number }) => json<Order>(get(app, `/orders/${number}`))));
      expect(some.map((each, index) => found(each, orders[index]))).toEqual(some.map(expected));
    }
  });

  it('is malformed only where it has a control character or is too long, with column and line', () => {
    expect(rejects.map(({ record: number, reasons }) => [number, reasons[0]!.code, reasons[0]!.params.field])).toEqual(
      bad.map(({ number, code, column }) => [number, code, column]),
    );
    for (const { reasons } of rejects) expect(reasons[0]!.params.column).toBeGreaterThan(1);
  });
});

const isId = (text: string): boolean =>
  /^\d{1,16}$/.test(text) && Number(text) > 0 && Number.isSafeInteger(Number(text));

describe('every naughty string as an id or a birthday', () => {
  it('is a malformation that quotes it, unless it is a number or a date', async () => {
    const texts = NAUGHTY_STRINGS.filter((text) => !CONTROL_CHARACTER.test(text) && !isId(text));
    const records = texts.flatMap((text, at) => [
      record(quoted(text), { name: 'Ann', email: 'ann@example.com' }),
      record(100_001 + at, { birthday: quoted(text) }),
    ]);
    // A record that is fine comes first, else the whole file would be taken for something else.
    const { id } = await importOf(app, fileOf(record(100_000), ...records));
    const listed = (await rejectsOf(app, id)).map(({ reasons }) => reasons[0]!);
    const values = texts.map((text) => [...text].slice(0, 40).join(''));
    expect(listed.map(({ code, params }) => ({ code, ...params }))).toEqual(
      values.flatMap((value) => [
        { code: 'id.not-an-integer', column: 1, field: 'id', value },
        { code: 'birthday.not-a-date', column: 6, field: 'birthday', value },
      ]),
    );
    // A value must not be read as a reference to another message; a word joiner keeps it from that.
    const plain = (text: string): string => text.replaceAll('\u2060', '');
    expect(listed.filter(({ message }, at) => !plain(message).includes(plain(values[Math.floor(at / 2)]!)))).toEqual(
      [],
    );
  });
});
