import { csvCell, withoutFormula } from '../../shared/csv-cell.js';
import { Gathered } from '../../shared/gathered.js';
import { QUOTE, type Delimiter } from '../csv/bytes.js';
import { markLength } from '../csv/dialect.js';
import type { RecordReader } from '../csv/record-reader.js';
import type { RejectEntity } from '../reject.entity.js';
import type { SourceRecords } from './source-records.js';

/** Columns that are added to the client's own. A file with them can be sent as it is: columns in `_` are ignored. */
const OWN_COLUMNS = ['_line', '_outcome', '_reasons'];
/** Bytes that are gathered before they are handed on. */
const PIECE_BYTES = 64 * 1024;

/** How the file is written. */
export interface RejectFileFormat {
  readonly delimiter: Delimiter;
  /** Names of the header's columns as the file has them. */
  readonly columns: readonly string[];
  /** The header as it stands in the file, its line end and a byte order mark included. */
  readonly header: Buffer;
  /** Formulas are neutralised, for a spreadsheet; then it is not the client's bytes any more. */
  readonly isSafe: boolean;
  /** The reject's reasons in words. Those of an invalid record follow from its rules alone. */
  reasons(reject: RejectEntity): string;
}

/**
 * The client's own file with the rejected records only: its header, delimiter, line end and bytes, and behind each
 * record the line on which it stood, its outcome and the reasons. Columns that an earlier such file added are replaced.
 */
export async function* rejectFile(
  records: SourceRecords,
  batches: AsyncIterable<readonly RejectEntity[]>,
  format: RejectFileFormat,
): AsyncGenerator<Buffer> {
  try {
    yield* rowsOf(records, batches, format);
  } finally {
    // Also where the client goes away in the middle.
    await records.close();
  }
}

async function* rowsOf(
  records: SourceRecords,
  batches: AsyncIterable<readonly RejectEntity[]>,
  format: RejectFileFormat,
): AsyncGenerator<Buffer> {
  const { delimiter, header } = format;
  const lineEnd = /\r\n|\r|\n|$/.exec(header.toString('latin1'))![0] || '\n';
  const hasOwn = hasOwnColumns(format.columns);
  const reasons = quotedReasons(format);
  const gathered = new Gathered(2 * PIECE_BYTES);
  gathered.add(headerOf(format, hasOwn, lineEnd));
  for await (const rejects of batches) {
    for (const reject of rejects) {
      const reader = records.find(reject.record) ?? (await records.goTo(reject.record));
      const isSplit = reader.fieldCount === format.columns.length;
      const width = hasOwn && isSplit ? reader.fieldCount - OWN_COLUMNS.length : reader.fieldCount;
      const whole = records.bytes;
      if (format.isSafe) gathered.addText(safeFields(reader, whole, width, delimiter));
      else if (whole) gathered.add(whole.subarray(0, lengthOf(reader, width)));
      else {
        yield gathered.take();
        for await (const piece of records.fetch()) yield Buffer.from(piece);
      }
      gathered.addText(['', reject.line, reject.outcome, `${reasons(reject)}${lineEnd}`].join(delimiter));
      if (gathered.bytes >= PIECE_BYTES) yield gathered.take();
    }
  }
  yield gathered.take();
}

const hasOwnColumns = (columns: readonly string[]): boolean =>
  OWN_COLUMNS.every(
    (name, at) =>
      columns
        .at(at - OWN_COLUMNS.length)
        ?.trim()
        .toLowerCase() === name,
  );

function headerOf({ header, columns, delimiter, isSafe }: RejectFileFormat, hasOwn: boolean, lineEnd: string): Buffer {
  const theirs = hasOwn ? columns.slice(0, -OWN_COLUMNS.length) : columns;
  const tail = Buffer.from(`${delimiter}${OWN_COLUMNS.join(delimiter)}${lineEnd}`);
  // Without its mark a file in UTF-16 is not known as one.
  const mark = header.subarray(0, markLength(header));
  if (isSafe || hasOwn) return Buffer.concat([mark, Buffer.from(cells(theirs, delimiter, isSafe)), tail]);
  const end = header.indexOf(lineEnd);
  return Buffer.concat([end === -1 ? header : header.subarray(0, end), tail]);
}

const cells = (fields: readonly string[], delimiter: string, isSafe: boolean): string =>
  fields.map((field) => csvCell(isSafe ? withoutFormula(field) : field, delimiter)).join(delimiter);

/** The record's fields, written anew; the whole record as one where it could not be split. */
function safeFields(reader: RecordReader, whole: Buffer | null, width: number, delimiter: string): string {
  const { bytes, starts, ends } = reader;
  if (reader.fieldCount === 0) return cells([whole?.toString() ?? ''], delimiter, true);
  const fields = Array.from({ length: width }, (_, at) => bytes.toString('utf8', starts[at], ends[at]));
  return cells(fields, delimiter, true);
}

/** Bytes of the first fields of a record, up to the delimiter behind them. */
function lengthOf(reader: RecordReader, fields: number): number {
  if (fields === reader.fieldCount) return reader.length;
  return beginOf(reader, fields) - 1 - beginOf(reader, 0);
}

/** Where a field begins among the reader's bytes, its quote included. */
const beginOf = ({ bytes, starts }: RecordReader, field: number): number => {
  const start = starts[field]!;
  return start > 0 && bytes[start - 1] === QUOTE ? start - 1 : start;
};

/** The reasons as a field. Those of invalid records are a few, and are put into words once. */
function quotedReasons(format: RejectFileFormat): (reject: RejectEntity) => string {
  const known = new Map<string, string>();
  // A reason can quote the file, and the file can have line ends.
  const quoted = (reject: RejectEntity) => `"${format.reasons(reject).replaceAll(/\s+/g, ' ').replaceAll('"', '""')}"`;
  return (reject) => {
    if (reject.outcome !== 'invalid') return quoted(reject);
    const key = reject.reasons.join();
    const found = known.get(key) ?? quoted(reject);
    known.set(key, found);
    return found;
  };
}
