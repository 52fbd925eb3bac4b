import { DELIMITERS, type Delimiter } from './bytes.js';
import { DEFAULT_LIMITS } from './faults.js';
import { RecordReader, type Position } from './record-reader.js';

export { DELIMITERS, type Delimiter };

/** How a file is to be read. Found once, kept with the import. */
export interface Dialect {
  readonly delimiter: Delimiter;
  readonly encoding: 'utf-8';
  /** Names of the header's columns as the file has them, in file order. */
  readonly header: readonly string[];
  /** For each wanted column its index in a record of the file. */
  readonly columns: Readonly<Record<string, number>>;
  /** Place of the first record, behind the header. */
  readonly begin: Position;
}

/** Why a header cannot be used. */
export class UnreadableHeader extends Error {
  constructor(
    readonly problem: 'empty' | 'too-long' | 'not-utf8' | 'missing-columns' | 'repeated-columns',
    readonly columns: readonly string[] = [],
  ) {
    super(`unreadable header: ${problem} ${columns.join(', ')}`);
  }
}

/** Bytes at the begin of a file within which its header must end. */
export const HEADER_BYTES = DEFAULT_LIMITS.fieldBytes;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Finds the dialect of a file from its first bytes. Where no delimiter is given, the one under which the header has
 * the most of the wanted columns is taken. Column names count without regard to case and surrounding spaces.
 *
 * @param head the first HEADER_BYTES of the file, or all of it
 * @throws UnreadableHeader naming the columns that are missing or there twice
 */
export function findDialect(head: Buffer, wanted: readonly string[], delimiter?: Delimiter): Dialect {
  const candidates = (delimiter ? [delimiter] : DELIMITERS).map((each) => readHeader(head, each));
  const matches = ({ names }: Header): number => wanted.filter((name) => names.includes(name)).length;
  const headers = candidates.filter((each): each is Header => !(each instanceof UnreadableHeader));
  const [best] = headers.toSorted((a, b) => matches(b) - matches(a));
  const fault = candidates.find((each) => each instanceof UnreadableHeader);
  // Under a wrong delimiter a quoted header cannot be read, and any other is one column.
  if (!best || (fault && best.names.length === 1)) throw fault!;
  const missing = wanted.filter((name) => !best.names.includes(name));
  if (missing.length > 0) throw new UnreadableHeader('missing-columns', missing);
  const repeated = wanted.filter((name) => best.names.indexOf(name) !== best.names.lastIndexOf(name));
  if (repeated.length > 0) throw new UnreadableHeader('repeated-columns', repeated);
  return {
    delimiter: best.delimiter,
    encoding: 'utf-8',
    header: best.header,
    columns: Object.fromEntries(wanted.map((name) => [name, best.names.indexOf(name)])),
    begin: best.begin,
  };
}

interface Header extends Pick<Dialect, 'delimiter' | 'header' | 'begin'> {
  /** The columns' names as they are compared. */
  readonly names: readonly string[];
}

function readHeader(head: Buffer, delimiter: Delimiter): Header | UnreadableHeader {
  const mark = head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  const reader = new RecordReader(delimiter, { offset: mark, record: 0, line: 1 });
  reader.push(head.subarray(mark), head.length < HEADER_BYTES);
  if (!reader.next()) return new UnreadableHeader(head.length < HEADER_BYTES ? 'empty' : 'too-long');
  if (reader.fault) return new UnreadableHeader(reader.fault.code === 'text.not-utf8' ? 'not-utf8' : 'too-long');
  const header = Array.from({ length: reader.fieldCount }, (_, field) =>
    reader.bytes.toString('utf8', reader.starts[field], reader.ends[field]),
  );
  const names = header.map((name) => name.trim().toLowerCase());
  return { delimiter, header, names, begin: { ...reader.position, record: 0 } };
}
