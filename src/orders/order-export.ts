import { addDate, addUuid } from '../shared/copied-values.js';
import type { CopiedRows } from '../shared/copied-rows.js';
import { csvCell, withoutFormula } from '../shared/csv-cell.js';
import { Gathered } from '../shared/gathered.js';
import type { Order } from './order.dto.js';

/** What an export has of an order, in the order of `columnsOf`, and how PostgreSQL gives it. */
export const EXPORTED = {
  id: 'int8',
  name: 'text',
  email: 'text',
  state: 'text',
  zipcode: 'text',
  birthday: 'date',
  valid: 'boolean',
  violations: 'texts',
  importId: 'uuid',
  record: 'int8',
  line: 'int8',
  originalId: 'int8',
} as const satisfies Record<keyof Order, string>;

type Kind = (typeof EXPORTED)[keyof typeof EXPORTED];
/** How the value that the rows are at is written. */
type Writers = Readonly<Record<Kind | 'null', (out: Gathered, rows: CopiedRows) => void>>;

const KINDS = Object.values(EXPORTED);
const NAMES = Object.keys(EXPORTED);
/** Bytes that are handed on at once. */
const PIECE_BYTES = 64 * 1024;
const [QUOTE, BACKSLASH, SPACE, COMMA, CR, LF] = [0x22, 0x5c, 0x20, 0x2c, 0x0d, 0x0a];
/** With it begin the characters that JSON has and some readers of lines take for the end of one, in UTF-8. */
const BEGIN_OF_SEPARATORS = 0xe2;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** Orders as NDJSON. `batches` have the columns of `EXPORTED`. */
export const ndjsonRows = (batches: AsyncIterable<CopiedRows> | Iterable<CopiedRows>): AsyncGenerator<Buffer> => {
  const before = NAMES.map((name, index) => Buffer.from(`${index === 0 ? '{' : ','}"${name}":`));
  return pieces('', batches, (out, rows) => {
    addValues(out, rows, before, JSON_WRITERS);
    out.addText('}\n');
  });
};

/**
 * Orders as CSV (RFC 4180, LF), header first. `batches` have the columns of `EXPORTED`.
 *
 * @param isRaw leaves formulas as they are; otherwise an apostrophe goes before them
 */
export const csvRows = (
  batches: AsyncIterable<CopiedRows> | Iterable<CopiedRows>,
  isRaw: boolean,
): AsyncGenerator<Buffer> => {
  const before = NAMES.map((_, index) => Buffer.from(index === 0 ? '' : ','));
  const writers = csvWriters(isRaw);
  return pieces(`${NAMES.join(',')}\n`, batches, (out, rows) => {
    addValues(out, rows, before, writers);
    out.addByte(LF);
  });
};

async function* pieces(
  head: string,
  batches: AsyncIterable<CopiedRows> | Iterable<CopiedRows>,
  addRow: (out: Gathered, rows: CopiedRows) => void,
): AsyncGenerator<Buffer> {
  const out = new Gathered(2 * PIECE_BYTES);
  out.addText(head);
  for await (const rows of batches) {
    while (rows.nextRow()) {
      addRow(out, rows);
      if (out.bytes >= PIECE_BYTES) yield out.take();
    }
  }
  if (out.bytes > 0) yield out.take();
}

function addValues(out: Gathered, rows: CopiedRows, before: readonly Buffer[], writers: Writers): void {
  for (let column = 0; column < KINDS.length; column++) {
    out.add(before[column]!);
    writers[rows.nextValue() ? KINDS[column]! : 'null'](out, rows);
  }
}

const COMMON = {
  int8: (out, rows) => out.addDigits(rows.int8),
  boolean: (out, rows) => out.add(rows.boolean ? TRUE : FALSE),
} satisfies Partial<Writers>;

const quoted = (out: Gathered, addContent: () => void): void => {
  out.addByte(QUOTE);
  addContent();
  out.addByte(QUOTE);
};

const JSON_WRITERS: Writers = {
  ...COMMON,
  null: (out) => out.add(NULL),
  date: (out, rows) => quoted(out, () => addDate(out, rows)),
  uuid: (out, rows) => quoted(out, () => addUuid(out, rows)),
  text(out, rows) {
    if (isPlainInJson(rows)) quoted(out, () => out.add(rows.bytes, rows.start, rows.end));
    else out.addText(JSON.stringify(rows.text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'));
  },
  texts(out, rows) {
    const count = rows.enterArray();
    for (let index = 0; index < count; index++) {
      out.addText(index === 0 ? '[' : ',');
      rows.nextValue();
      JSON_WRITERS.text(out, rows);
    }
    out.addText(count === 0 ? '[]' : ']');
  },
};

function isPlainInJson({ bytes, start, end }: CopiedRows): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE || byte === BACKSLASH || byte < SPACE || byte === BEGIN_OF_SEPARATORS) return false;
  }
  return true;
}

const csvWriters = (isRaw: boolean): Writers => ({
  ...COMMON,
  null: () => undefined,
  date: addDate,
  uuid: addUuid,
  text(out, rows) {
    if (isPlainInCsv(rows)) out.add(rows.bytes, rows.start, rows.end);
    else out.addText(csvCell(isRaw ? rows.text : withoutFormula(rows.text), ','));
  },
  texts(out, rows) {
    const count = rows.enterArray();
    for (let index = 0; index < count; index++) {
      if (index > 0) out.addByte(SPACE);
      rows.nextValue();
      out.add(rows.bytes, rows.start, rows.end);
    }
  },
});

/** Whether a text needs no quotes, and begins like no formula: with a letter or a digit, or beyond ASCII. */
function isPlainInCsv({ bytes, start, end }: CopiedRows): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === QUOTE || byte === CR || byte === LF) return false;
  }
  return start === end || bytes[start]! > 0x40 || (bytes[start]! >= 0x30 && bytes[start]! < 0x3a);
}
