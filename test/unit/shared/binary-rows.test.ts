import { describe, expect, it } from 'vitest';
import { BinaryRows } from '../../../src/shared/binary-rows.js';
import { addDate, addUuid } from '../../../src/shared/binary-values.js';
import { CopyRows, textArray, uuid } from '../../../src/shared/copy-rows.js';
import { Gathered } from '../../../src/shared/gathered.js';

const ID = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
const DAY_MS = 86_400_000;

function threeRows(): Buffer {
  const rows = new CopyRows(64);
  for (const id of [7, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER]) {
    rows.row(5);
    rows.int8(id);
    rows.text(`Ünï ${id}`);
    rows.null();
    rows.value(textArray(['a', 'bc']));
    rows.value(uuid(ID));
  }
  return Buffer.concat([...rows.pieces()]);
}

function read(rows: BinaryRows): unknown[] {
  const found: unknown[] = [];
  while (rows.nextRow()) {
    expect(rows.nextValue()).toBe(true);
    const id = rows.int8;
    rows.nextValue();
    const { text } = rows;
    expect(rows.nextValue()).toBe(false);
    rows.nextValue();
    const items = Array.from({ length: rows.enterArray() }, () => rows.nextValue() && rows.text);
    rows.nextValue();
    const out = new Gathered(64);
    addUuid(out, rows);
    found.push([id, text, items, out.take().toString()]);
  }
  return found;
}

const expected = [7, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER].map((id) => [id, `Ünï ${id}`, ['a', 'bc'], ID]);

describe('rows of a binary COPY', () => {
  it('are read as they were written', () => {
    const rows = new BinaryRows(threeRows());
    expect([rows.count, rows.lastKey]).toEqual([3, Number.MAX_SAFE_INTEGER]);
    expect(read(rows)).toEqual(expected);
  });

  it('are the whole ones, wherever the bytes end', () => {
    const whole = threeRows();
    const counts = new Set<number>();
    for (let bytes = 0; bytes <= whole.length; bytes++) {
      const rows = new BinaryRows(whole.subarray(0, bytes));
      counts.add(rows.count);
      expect(read(rows)).toEqual(expected.slice(0, rows.count));
      expect(rows.count === 0 || rows.lastKey === expected[rows.count - 1]![0]).toBe(true);
    }
    expect([...counts]).toEqual([0, 1, 2, 3]);
  });

  it('may be none', () => {
    const rows = new BinaryRows(Buffer.concat([...new CopyRows(8).pieces()]));
    expect([rows.count, rows.nextRow()]).toEqual([0, false]);
  });

  it('have the dates of the years 1 to 9999, with their leap days', () => {
    const out = new Gathered(16);
    const dateOf = (day: string): string => {
      out.clear();
      addDate(out, { int4: (Date.parse(day) - Date.UTC(2000, 0, 1)) / DAY_MS } as BinaryRows);
      return out.all.toString('latin1');
    };
    const days = Array.from({ length: 9_999 }, (_, index) => String(index + 1).padStart(4, '0')).flatMap((year) => [
      `${year}-01-01`,
      `${year}-02-28`,
      new Date(Date.parse(`${year}-02-28`) + DAY_MS).toISOString().slice(0, 10),
      `${year}-08-31`,
      `${year}-12-31`,
    ]);
    expect(days.filter((day) => dateOf(day) !== day)).toEqual([]);
  });
});
