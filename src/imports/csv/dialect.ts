import { DELIMITERS, type Delimiter } from './bytes.js';
import type { Encoding } from './encodings.js';
import { DEFAULT_LIMITS } from './faults.js';
import { RecordReader, type Position } from './record-reader.js';

export { DELIMITERS, type Delimiter };

/** How a file is to be read. Found once, kept with the import. */
export interface Dialect {
  readonly delimiter: Delimiter;
  /** Of the file as it was sent. What is stored and read is UTF-8. */
  readonly encoding: Encoding;
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
    readonly problem: 'empty' | 'too-long' | 'not-utf8' | 'missing-columns' | 'repeated-columns' | 'several-delimiters',
    /** The columns or delimiters that it is about. */
    readonly columns: readonly string[] = [],
  ) {
    super(`unreadable header: ${problem} ${columns.join(', ')}`);
  }
}

/** Bytes at the begin of a file within which its header must end. */
export const HEADER_BYTES = DEFAULT_LIMITS.fieldBytes;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Bytes of the byte order mark that a text in UTF-8 begins with; 0 where it has none. */
export const markLength = (head: Buffer): number =>
  head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;

/** Records at the begin of a file that decide between two delimiters. */
const DECIDING_RECORDS = 100;
/** Most ignored columns that are named, and most characters of each name. */
const IGNORED = { columns: 50, characters: 100 };

/**
 * Finds the dialect of a file from its first bytes, of which no more than a mark of UTF-8 says how they are encoded.
 * Where no delimiter is given, it is the one under which the header has all wanted columns; where that are several, the
 * one under which most of the first records have as many columns as the header. Column names count without regard to
 * case and surrounding spaces.
 *
 * @param head the first HEADER_BYTES of the file as UTF-8, or all of it
 * @throws UnreadableHeader naming the columns that are missing or there twice, or the delimiters that fit alike
 */
export function findDialect(head: Buffer, wanted: readonly string[], delimiter?: Delimiter): Dialect {
  const best = findHeader(head, wanted, delimiter ? [delimiter] : DELIMITERS);
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

/**
 * Names of the columns that an import leaves alone, as a client is told of them: each once, in file order. At most 50,
 * and 100 characters of each. Those that begin with `_` are ours, and not told of.
 */
export function ignoredColumns({ header, columns }: Dialect): string[] {
  const taken = new Set(Object.values(columns));
  const names = header.filter((_, column) => !taken.has(column)).map((name) => name.trim());
  const told = new Set(names.filter((name) => name !== '' && !name.startsWith('_')));
  return [...told].slice(0, IGNORED.columns).map((name) => [...name].slice(0, IGNORED.characters).join(''));
}

function findHeader(head: Buffer, wanted: readonly string[], delimiters: readonly Delimiter[]): Header {
  const candidates = delimiters.map((each) => readHeader(head, each));
  const headers = candidates.filter((each): each is Header => !(each instanceof UnreadableHeader));
  const missing = ({ names }: Header): string[] => wanted.filter((name) => !names.includes(name));
  const fitting = headers.filter((each) => missing(each).length === 0);
  if (fitting.length > 1) return decide(head, fitting);
  if (fitting.length === 1) return fitting[0]!;
  const [closest] = headers.toSorted((a, b) => missing(a).length - missing(b).length);
  const fault = candidates.find((each) => each instanceof UnreadableHeader);
  // Under a wrong delimiter a quoted header cannot be read, and any other is one column.
  if (!closest || (fault && closest.names.length === 1)) throw fault!;
  throw new UnreadableHeader('missing-columns', missing(closest));
}

/** The header whose number of columns most of the first records have. */
function decide(head: Buffer, headers: readonly Header[]): Header {
  const judged = headers.map((header) => ({ header, share: shareOfFitting(head, header) }));
  const most = Math.max(...judged.map(({ share }) => share));
  const best = judged.filter(({ share }) => share === most).map(({ header }) => header);
  if (best.length === 1) return best[0]!;
  throw new UnreadableHeader(
    'several-delimiters',
    best.map(({ delimiter }) => delimiter),
  );
}

/** The share of the first records, as many of them as are there, that have as many columns as the header. */
function shareOfFitting(head: Buffer, { delimiter, header, begin }: Header): number {
  const reader = new RecordReader(delimiter, begin);
  reader.push(head.subarray(begin.offset), head.length < HEADER_BYTES);
  let fitting = 0;
  while (reader.record < DECIDING_RECORDS && reader.next()) if (reader.fieldCount === header.length) fitting += 1;
  return fitting / Math.max(reader.record, 1);
}

interface Header extends Pick<Dialect, 'delimiter' | 'header' | 'begin'> {
  /** The columns' names as they are compared. */
  readonly names: readonly string[];
}

function readHeader(head: Buffer, delimiter: Delimiter): Header | UnreadableHeader {
  const mark = markLength(head);
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
