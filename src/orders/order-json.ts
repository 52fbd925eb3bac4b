import { addDate, addUuid } from '../shared/binary-values.js';
import type { BinaryRows } from '../shared/binary-rows.js';
import { Gathered } from '../shared/gathered.js';
import { ALL_FIELDS, PLAIN_WRITERS, rowWriter, type Field, type Writers } from './order-rows.js';

const [QUOTE, BACKSLASH, SPACE, CLOSED] = [0x22, 0x5c, 0x20, 0x7d];
/** With it begin the characters that JSON has and some readers of lines take for the end of one, in UTF-8. */
const BEGIN_OF_SEPARATORS = 0xe2;
const NULL = Buffer.from('null');

/** What writes the order that rows with these fields are at, as JSON: from bytes to bytes, without an object of each. */
export function jsonWriter(fields: readonly Field[]): (out: Gathered, rows: BinaryRows) => void {
  const names = fields.map((field, index) => `${index === 0 ? '{' : ','}"${field}":`);
  const write = rowWriter(fields, names, JSON_WRITERS);
  return (out, rows) => {
    write(out, rows);
    out.addByte(CLOSED);
  };
}

/** A page of orders with these fields as JSON; see `pageOf`. */
export function jsonPage(rows: BinaryRows, fields: readonly Field[], next: string | null): Buffer {
  const write = fields === ALL_FIELDS ? writeWhole : jsonWriter(fields);
  // Names and digits make about half as much again of what PostgreSQL sends.
  const page = new Gathered(2 * rows.bytes.length);
  page.addText('{"items":[');
  for (let separator = ''; rows.nextRow(); separator = ',') {
    page.addText(separator);
    write(page, rows);
  }
  page.addText(`],"next":${JSON.stringify(next)}}`);
  return page.all;
}

const JSON_WRITERS: Writers = {
  ...PLAIN_WRITERS,
  null: (out) => out.add(NULL),
  date(out, rows) {
    out.addByte(QUOTE);
    addDate(out, rows);
    out.addByte(QUOTE);
  },
  uuid(out, rows) {
    out.addByte(QUOTE);
    addUuid(out, rows);
    out.addByte(QUOTE);
  },
  text(out, rows) {
    if (isPlain(rows)) {
      out.addByte(QUOTE);
      out.add(rows.bytes, rows.start, rows.end);
      out.addByte(QUOTE);
    } else out.addText(JSON.stringify(rows.text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'));
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

/** Of most pages; made once. */
const writeWhole = jsonWriter(ALL_FIELDS);

function isPlain({ bytes, start, end }: BinaryRows): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE || byte === BACKSLASH || byte < SPACE || byte === BEGIN_OF_SEPARATORS) return false;
  }
  return true;
}
