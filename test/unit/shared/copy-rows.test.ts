import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CopyRows, textArray, uuid } from '../../../src/shared/copy-rows.js';
import { as, rowsOf } from './copy-decoder.js';

/** Rows of one number each. */
function numbered(count: number): CopyRows {
  const rows = new CopyRows(16);
  for (let row = 0; row < count; row++) {
    rows.row(1);
    rows.int4(row);
  }
  return rows;
}

/** The numbers of the rows that are sent. */
const sent = (rows: CopyRows): number[] => rowsOf(rows).map(([number]) => as.int4(number!));

/** The one value of one row. */
function written(write: (rows: CopyRows) => void): Buffer | null {
  const rows = new CopyRows(1);
  rows.row(1);
  write(rows);
  return rowsOf(rows)[0]![0]!;
}

describe('values', () => {
  it.each([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])('of type integer come back: %d', (value) => {
    expect(as.int4(written((rows) => rows.int4(value)))).toBe(value);
  });

  it.each([0, 1, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 9_007_199_254_740_991, -9_007_199_254_740_991])(
    'of type bigint come back: %d',
    (value) => {
      expect(as.int8(written((rows) => rows.int8(value)))).toBe(BigInt(value));
    },
  );

  it('of type bigint come back, whichever safe integer it is', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(as.int8(written((rows) => rows.int8(value)))).toBe(BigInt(value));
      }),
    );
  });

  it.each([true, false])('of type boolean come back: %s', (value) => {
    expect(as.boolean(written((rows) => rows.boolean(value)))).toBe(value);
  });

  it.each(['', 'a', 'José Müller', '日本語 😀', '\\.\n\\N\t"|\r', 'x'.repeat(1000)])(
    'of type text come back: %j',
    (value) => {
      expect(as.text(written((rows) => rows.text(value)))).toBe(value);
    },
  );

  it('are told from NULL', () => {
    expect(written((rows) => rows.null())).toBeNull();
    expect(written((rows) => rows.text(''))).toEqual(Buffer.alloc(0));
  });

  it.each([0, 1, 47, 48, 49, 5000])('of a range of %d bytes come back', (length) => {
    const bytes = Buffer.from(`<${'é'.repeat(length)}>`).subarray(0, length + 2);
    expect(written((rows) => rows.range(bytes, 1, 1 + length))).toEqual(bytes.subarray(1, 1 + length));
  });

  it('of type jsonb come back', () => {
    const value = { text: 'é "quoted" \\ 😀', number: 3, none: null, list: [1, 'a'] };
    expect(as.jsonb(written((rows) => rows.jsonb(value)))).toEqual(value);
    expect(as.jsonb(written((rows) => rows.jsonb({})))).toEqual({});
  });

  it('of type uuid come back', () => {
    const id = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
    expect(as.uuid(written((rows) => rows.value(uuid(id))))).toBe(id);
  });

  it.each([[[]], [['a']], [['zipcode_sum', 'é', '']], [['{a,b}', 'NULL', '"']]])(
    'of type text[] come back: %j',
    (texts) => {
      expect(as.textArray(written((rows) => rows.value(textArray(texts))))).toEqual(texts);
    },
  );
});

describe('rows', () => {
  it('none of which were written are an empty COPY', () => {
    expect(new CopyRows().count).toBe(0);
    expect(rowsOf(new CopyRows())).toEqual([]);
  });

  it('come back whole, however often their memory had to grow', () => {
    const value = fc.oneof(
      fc.record({ type: fc.constant('text' as const), value: fc.string({ unit: 'grapheme', maxLength: 80 }) }),
      fc.record({ type: fc.constant('int4' as const), value: fc.integer() }),
      fc.record({ type: fc.constant('int8' as const), value: fc.maxSafeInteger() }),
      fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
      fc.record({ type: fc.constant('jsonb' as const), value: fc.record({ a: fc.string({ unit: 'grapheme' }) }) }),
      fc.record({ type: fc.constant('null' as const), value: fc.constant(null) }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { maxLength: 6 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 64 }),
        (table, initial) => {
          const rows = new CopyRows(initial);
          for (const row of table) {
            rows.row(row.length);
            for (const each of row) {
              if (each.type === 'null') rows.null();
              else (rows[each.type] as (value: unknown) => void).call(rows, each.value);
            }
          }
          const read = rowsOf(rows).map((row, index) =>
            row.map((bytes, field) => {
              const { type } = table[index]![field]!;
              if (type === 'null') return bytes;
              return type === 'int8' ? Number(as.int8(bytes)) : as[type](bytes);
            }),
          );
          expect(rows.count).toBe(table.length);
          expect(read).toEqual(table.map((row) => row.map((each) => each.value)));
        },
      ),
    );
  });

  it('that are picked are exactly those, in the order in which they were picked', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(39), { maxLength: 60 }), (numbers) => {
        expect(sent(numbered(40).picked(Uint32Array.from(numbers)))).toEqual(numbers);
      }),
    );
  });

  it('that are picked can be picked again', () => {
    const once = numbered(6).picked(Uint32Array.of(5, 1, 2, 3));
    expect(sent(once.picked(Uint32Array.of(1, 2, 0)))).toEqual([1, 2, 5]);
  });

  it('that get a new number keep the one they had behind everything else', () => {
    const rows = new CopyRows();
    for (const id of [7, 2 ** 53 - 1]) {
      rows.row(2);
      rows.int8(id);
      rows.text(`order ${id}`);
    }
    const renumbered = rowsOf(rows.renumbered(Uint32Array.of(1, 0), [2 ** 52 + 1, 2 ** 52 + 2]));
    expect(renumbered.map((row) => [as.int8(row[0]!), as.text(row[1]!), as.int8(row[2]!)])).toEqual([
      [2n ** 52n + 1n, 'order 9007199254740991', 2n ** 53n - 1n],
      [2n ** 52n + 2n, 'order 7', 7n],
    ]);
  });

  it('that are picked are sent in the order in which they were picked', () => {
    const rows = numbered(4);
    expect(sent(rows.picked(Uint32Array.of(3, 0, 2)))).toEqual([3, 0, 2]);
    expect(sent(rows.picked(new Uint32Array()))).toEqual([]);
    expect(sent(rows)).toEqual([0, 1, 2, 3]);
  });
});
