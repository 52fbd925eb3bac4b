import { addDate, addUuid } from '../shared/binary-values.js';
import type { BinaryRows } from '../shared/binary-rows.js';
import { csvCell, withoutFormula } from '../shared/csv-cell.js';
import { Gathered } from '../shared/gathered.js';
import { jsonWriter } from './order-json.js';
import { ALL_FIELDS, PLAIN_WRITERS, rowWriter, type Writers } from './order-rows.js';

type Batches = AsyncIterable<BinaryRows> | Iterable<BinaryRows>;

/** Bytes that are handed on at once. */
const PIECE_BYTES = 64 * 1024;
const [QUOTE, SPACE, COMMA, CR, LF] = [0x22, 0x20, 0x2c, 0x0d, 0x0a];

/** Orders as NDJSON. `batches` have all fields. */
export const ndjsonRows = (batches: Batches): AsyncGenerator<Buffer> => pieces('', batches, jsonWriter(ALL_FIELDS));

/**
 * Orders as CSV (RFC 4180, LF), header first. `batches` have all fields.
 *
 * @param isRaw leaves formulas as they are; otherwise an apostrophe goes before them
 */
export const csvRows = (batches: Batches, isRaw: boolean): AsyncGenerator<Buffer> => {
  const commas = ALL_FIELDS.map((_, index) => (index === 0 ? '' : ','));
  return pieces(`${ALL_FIELDS.join(',')}\n`, batches, rowWriter(ALL_FIELDS, commas, csvWriters(isRaw)));
};

async function* pieces(
  head: string,
  batches: Batches,
  addRow: (out: Gathered, rows: BinaryRows) => void,
): AsyncGenerator<Buffer> {
  const out = new Gathered(2 * PIECE_BYTES);
  out.addText(head);
  for await (const rows of batches) {
    while (rows.nextRow()) {
      addRow(out, rows);
      out.addByte(LF);
      if (out.bytes >= PIECE_BYTES) yield out.take();
    }
  }
  if (out.bytes > 0) yield out.take();
}

const csvWriters = (isRaw: boolean): Writers => ({
  ...PLAIN_WRITERS,
  null: () => undefined,
  date: addDate,
  uuid: addUuid,
  text(out, rows) {
    if (isPlain(rows)) out.add(rows.bytes, rows.start, rows.end);
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
function isPlain({ bytes, start, end }: BinaryRows): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === QUOTE || byte === CR || byte === LF) return false;
  }
  return start === end || bytes[start]! > 0x40 || (bytes[start]! >= 0x30 && bytes[start]! < 0x3a);
}
