import { createHash } from 'node:crypto';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { DestinationReader, ORDER_COLUMNS, type Destination, type OrderColumn } from '../../orders/index.js';
import { faultPoint } from '../../shared/fault-point.js';
import { YoungGarbage } from '../../shared/young-garbage.js';
import { findDialect, HEADER_BYTES, UnreadableHeader, type Delimiter, type Dialect } from '../csv/dialect.js';
import type { Encoding } from '../csv/encodings.js';
import { SegmentIndex } from '../csv/segment-index.js';
import type { SegmentBegin } from '../segment.entity.js';
import {
  DelimiterAmbiguous,
  FileEmpty,
  FileNotText,
  FileTooLarge,
  HeaderColumnsMissing,
  HeaderColumnsRepeated,
  HeaderUnreadable,
} from '../errors.js';
import { asUtf8, uncompressed } from './as-utf8.js';
import { otherKindOfText } from './file-kinds.js';
import { Peekable } from './peekable.js';

/**
 * Bytes of an upload after which other requests get their turn. Node reads up to 2 MiB from a connection that is always
 * full before it looks at another, and whoever looks up an order waits for several such turns.
 */
const TURN_BYTES = 128 * 1024;

/** What a client says of a file; what it does not say is found. */
export interface SaidOfFile {
  readonly delimiter?: Delimiter | undefined;
  readonly encoding?: Encoding | undefined;
  /** Whether the file is gzip. */
  readonly isGzip?: boolean;
}

/**
 * Looks at a file while it passes: hashes and counts it as it was sent, makes UTF-8 text of it, finds where that can be
 * cut into segments, and refuses what cannot be an order file at once.
 */
export class FileInspector {
  /** Of the file as it was sent. */
  sentBytes = 0;
  private readonly hash = createHash('sha256');
  private encoding: Encoding = 'utf-8';
  private head: Buffer[] = [];
  private headBytes = 0;
  private found: Dialect | undefined;
  private index: SegmentIndex<Destination> | undefined;

  constructor(
    private readonly maxBytes: number,
    private readonly segmentBytes: number,
    private readonly said: SaidOfFile = {},
  ) {}

  /** Lower-case hex, of the file as it was sent. To be asked once, at the end. */
  get sha256(): string {
    return this.hash.digest('hex');
  }

  get dialect(): Dialect {
    if (!this.found) throw new Error('the file has not passed yet');
    return this.found;
  }

  /** Begins of the file's segments in what passes, at least one. To be asked at the end. */
  get segments(): readonly SegmentBegin[] {
    if (!this.index) throw new Error('the file has not passed yet');
    return this.index.cuts.map(({ mark, ...place }) => ({ ...place, destination: mark }));
  }

  /**
   * The file as it is to be stored: uncompressed, in UTF-8; one that is so already passes as it is. Throws FileTooLarge,
   * FileEmpty, FileNotText or an error of gzip, encoding or header as soon as the bytes show it.
   */
  async *pass(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const sent = new Peekable(this.counted(content));
    let plain = sent;
    try {
      plain = await uncompressed(sent, this.maxBytes, this.said.isGzip ?? false);
      const text = await asUtf8(plain, this.said.encoding);
      this.encoding = text.encoding;
      for await (const piece of text.content) {
        if (this.index) this.index.pass(piece);
        else this.lookAtHead(piece);
        yield piece;
      }
    } finally {
      // Also of a file that was refused by its first bytes, so that its rest can pass over.
      await plain.return();
      await sent.return();
    }
    if (!this.index) this.begin();
    this.index!.end();
  }

  private async *counted(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const garbage = new YoungGarbage();
    let turnEndsAt = TURN_BYTES;
    for await (const piece of content) {
      faultPoint('while-uploading');
      this.sentBytes += piece.length;
      if (this.sentBytes > this.maxBytes) throw new FileTooLarge(this.maxBytes);
      this.hash.update(piece);
      yield piece;
      garbage.note(piece.length);
      if (this.sentBytes < turnEndsAt) continue;
      turnEndsAt = this.sentBytes + TURN_BYTES;
      await othersTurn();
    }
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
    const kind = otherKindOfText(head);
    if (kind) throw new FileNotText(kind);
    try {
      return { ...findDialect(head, ORDER_COLUMNS, this.said.delimiter), encoding: this.encoding };
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

function headerError({ problem, columns }: UnreadableHeader): Error {
  if (problem === 'empty') return new FileEmpty();
  if (problem === 'missing-columns') return new HeaderColumnsMissing(columns);
  if (problem === 'repeated-columns') return new HeaderColumnsRepeated(columns);
  if (problem === 'several-delimiters') return new DelimiterAmbiguous(columns);
  return new HeaderUnreadable();
}
