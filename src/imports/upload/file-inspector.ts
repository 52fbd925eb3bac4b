import { createHash } from 'node:crypto';
import { DestinationReader, ORDER_COLUMNS, type Destination, type OrderColumn } from '../../orders/index.js';
import { faultPoint } from '../../shared/fault-point.js';
import { endOfLine } from '../csv/bytes.js';
import { findDialect, HEADER_BYTES, UnreadableHeader, type Delimiter, type Dialect } from '../csv/dialect.js';
import { SegmentIndex } from '../csv/segment-index.js';
import type { SegmentBegin } from '../segment.entity.js';
import {
  FileEmpty,
  FileNotText,
  FileTooLarge,
  HeaderColumnsMissing,
  HeaderColumnsRepeated,
  HeaderUnreadable,
} from '../errors.js';

/** How files begin that people take for CSV and that are none. */
const SIGNATURES: readonly { readonly begin: Buffer; readonly kind: string }[] = [
  { begin: Buffer.from('%PDF-'), kind: 'pdf' },
  { begin: Buffer.from('PK\x03\x04'), kind: 'zip' },
  { begin: Buffer.from([0x1f, 0x8b]), kind: 'gzip' },
  { begin: Buffer.from([0xff, 0xfe]), kind: 'utf-16' },
  { begin: Buffer.from([0xfe, 0xff]), kind: 'utf-16' },
  { begin: Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), kind: 'xls' },
  { begin: Buffer.from([0x89, 0x50, 0x4e, 0x47]), kind: 'image' },
];

/**
 * Looks at a file while it passes: hashes and counts it, finds where it can be cut into segments, and refuses what
 * cannot be an order file at once.
 */
export class FileInspector {
  bytes = 0;
  private readonly hash = createHash('sha256');
  private head: Buffer[] = [];
  private headBytes = 0;
  private found: Dialect | undefined;
  private index: SegmentIndex<Destination> | undefined;

  constructor(
    private readonly maxBytes: number,
    private readonly segmentBytes: number,
    private readonly delimiter: Delimiter | undefined,
  ) {}

  /** Lower-case hex. To be asked once, at the end. */
  get sha256(): string {
    return this.hash.digest('hex');
  }

  get dialect(): Dialect {
    if (!this.found) throw new Error('the file has not passed yet');
    return this.found;
  }

  /** Begins of the file's segments, at least one. To be asked at the end. */
  get segments(): readonly SegmentBegin[] {
    if (!this.index) throw new Error('the file has not passed yet');
    return this.index.cuts.map(({ mark, ...place }) => ({ ...place, destination: mark }));
  }

  /**
   * The same bytes. Throws FileTooLarge, FileEmpty, FileNotText or a header's error as soon as the bytes show it.
   */
  async *pass(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      faultPoint('while-uploading');
      this.bytes += piece.length;
      if (this.bytes > this.maxBytes) throw new FileTooLarge(this.maxBytes);
      this.hash.update(piece);
      if (this.index) this.index.pass(piece);
      else this.lookAtHead(piece);
      yield piece;
    }
    if (this.bytes === 0) throw new FileEmpty();
    if (!this.index) this.begin();
    this.index!.end();
  }

  private lookAtHead(piece: Buffer): void {
    this.head.push(piece);
    this.headBytes += piece.length;
    if (this.headBytes >= HEADER_BYTES) this.begin();
  }

  /** The header is there: how the file is to be read is known from here on. */
  private begin(): void {
    const pieces = Buffer.concat(this.head);
    this.head = [];
    const dialect = this.readHead(pieces.subarray(0, HEADER_BYTES));
    this.found = dialect;
    this.index = newIndex(dialect, this.segmentBytes);
    this.index.pass(pieces);
  }

  private readHead(head: Buffer): Dialect {
    refuseOtherKinds(head);
    try {
      return findDialect(head, ORDER_COLUMNS, this.delimiter);
    } catch (error) {
      throw error instanceof UnreadableHeader ? headerError(error) : error;
    }
  }
}

function newIndex({ delimiter, begin, header, columns }: Dialect, segmentBytes: number): SegmentIndex<Destination> {
  const destinations = new DestinationReader(columns as Readonly<Record<OrderColumn, number>>);
  return new SegmentIndex(delimiter, begin, segmentBytes, (reader) =>
    reader.fault === null && reader.fieldCount === header.length ? destinations.read(reader) : null,
  );
}

function refuseOtherKinds(head: Buffer): void {
  const signature = SIGNATURES.find(({ begin }) => head.subarray(0, begin.length).equals(begin));
  if (signature) throw new FileNotText(signature.kind);
  if (/^\s*<(!doctype|html|\?xml)/i.test(head.toString('latin1', 0, 200))) throw new FileNotText('html');
  if (head.subarray(0, endOfLine(head, 0)).includes(0)) throw new FileNotText('binary');
}

function headerError({ problem, columns }: UnreadableHeader): Error {
  if (problem === 'empty') return new FileEmpty();
  if (problem === 'missing-columns') return new HeaderColumnsMissing(columns);
  if (problem === 'repeated-columns') return new HeaderColumnsRepeated(columns);
  return new HeaderUnreadable();
}
