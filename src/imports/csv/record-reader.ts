import { isUtf8 } from 'node:buffer';
import {
  behindBlankLines,
  behindLineEnd,
  byteClasses,
  COMBINING_LEAD,
  CONTROL,
  controlAt,
  countLines,
  DELIMITER,
  endOfLine,
  isHalfLineEnd,
  LF,
  makeQuotesSingle,
  NEWLINE,
  PLAIN,
  QUOTE,
  RETURN,
  undecodable,
  type Delimiter,
} from './bytes.js';
import { controlFault, DEFAULT_LIMITS, type Fault, type Limits } from './faults.js';
import type { Position } from './position.js';
import { QuotedField } from './quoted-field.js';

export type { Position };

/**
 * Splits bytes into CSV records (RFC 4180, any delimiter, LF, CRLF, CR and mixed), wherever the bytes are cut.
 *
 * The reader is its own record: after `next()` said true, the public fields describe the record just read, until the
 * next call. Nothing is allocated for a record, because a file has millions. Blank lines are no records. A record
 * that cannot be split rightly carries a `fault`, ends with the line it began on, and reading goes on behind it.
 */
export class RecordReader {
  /** The bytes that `starts` and `ends` point into. */
  bytes: Buffer = Buffer.alloc(0);
  /** Begin and end of each field in `bytes`, quotes taken off and doubled quotes made single. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Fields of the record; 0 where it could not be split. */
  fieldCount = 0;
  /** Number of the record, from 1. */
  record: number;
  /** Physical line on which the record begins. */
  line = 0;
  /** Where the record begins in the file, and its length without the line end; bytes. */
  offset = 0;
  length = 0;
  /** Whether it has a character from U+0300 on, of which some join the letter before them. */
  mayCombine = false;
  /** What is wrong with the record, or null. */
  fault: Fault | null = null;

  private readonly classes: Uint8Array;
  private readonly tooLong: Fault;
  private room = Buffer.alloc(0);
  protected base: number;
  protected at = 0;
  protected nextLine: number;
  protected isLast = false;
  protected skipping: { offset: number; line: number; fault: Fault } | null = null;
  private wellFormedUntil = 0;
  private readonly quoted = new QuotedField();
  private doubledQuotes = 0;
  /** Bytes behind it are not looked at for the record at hand. */
  private horizon = 0;
  private isFileEnd = false;

  constructor(
    delimiter: Delimiter,
    from: Position,
    private readonly limits: Limits = DEFAULT_LIMITS,
  ) {
    this.starts = new Int32Array(limits.fields);
    this.ends = new Int32Array(limits.fields);
    this.base = from.offset;
    this.record = from.record;
    this.nextLine = from.line;
    this.classes = byteClasses(delimiter);
    this.tooLong = { code: 'record.too-long', params: { limit: limits.recordBytes } };
  }

  /** The place behind the record that was read last. */
  get position(): Position {
    return { offset: this.nextOffset, record: this.record, line: this.nextLine };
  }

  /** The offset of that place alone, which is asked for at every record. */
  get nextOffset(): number {
    return this.skipping === null ? this.base + this.at : this.skipping.offset;
  }

  /** Takes the next bytes of the file; call it when `next()` said false. `isLast` says that none follow. */
  push(piece: Buffer, isLast: boolean): void {
    this.bytes = this.keep(piece);
    this.base += this.at;
    this.at = 0;
    this.isLast = isLast;
    const end = isLast ? this.bytes.length : this.bytes.lastIndexOf(LF) + 1;
    this.wellFormedUntil = isUtf8(this.bytes.subarray(0, end)) ? end : 0;
  }

  /** A copy of the piece behind the bytes that are not used up, in room that is used again and again. */
  private keep(piece: Buffer): Buffer {
    const left = this.bytes.length - this.at;
    const length = left + piece.length;
    if (length > this.room.length) this.room = Buffer.allocUnsafeSlow(length * 2);
    this.bytes.copy(this.room, 0, this.at);
    piece.copy(this.room, left);
    return this.room.subarray(0, length);
  }

  /** Reads the next record. False: all bytes pushed so far are used up. */
  next(): boolean {
    if (this.skipping) return this.skipLine(this.skipping);
    if (!this.skipBlankLines()) return false;
    const { bytes, at } = this;
    // Never further than the longest record and a line end, however the bytes were cut: so the cuts change nothing.
    this.horizon = at + this.limits.recordBytes + 2;
    this.isFileEnd = this.isLast && bytes.length < this.horizon;
    this.fault = null;
    this.mayCombine = false;
    this.doubledQuotes = 0;
    this.fieldCount = 0;
    return this.scan(at, Math.min(bytes.length, this.horizon));
  }

  /** Whether there is the begin of a record behind them. */
  private skipBlankLines(): boolean {
    const { bytes, at, isLast } = this;
    const begin = behindBlankLines(bytes, at, isLast);
    if (begin > at) this.nextLine += countLines(bytes, at, begin);
    this.at = begin;
    return begin < bytes.length && !isHalfLineEnd(bytes, begin, isLast);
  }

  /** Walks over the record that begins at `start`, field by field, looking at nothing from `end` on. */
  private scan(start: number, end: number): boolean {
    const { bytes, classes, quoted, isFileEnd } = this;
    let at = start;
    let field = start;
    let line = this.nextLine;
    let isQuoted = false;
    for (;;) {
      if (at === field && at < end && bytes[at] === QUOTE && !isQuoted) {
        const close = quoted.close(bytes, at + 1, end, isFileEnd);
        if (close === -1) return this.needMore(start, this.quoteFault('quote.unclosed', line));
        if (quoted.control !== -1) this.noteControl(quoted.control);
        if (quoted.mayCombine) this.mayCombine = true;
        this.doubledQuotes += quoted.doubledQuotes;
        line += quoted.lines;
        at = close + 1;
        isQuoted = true;
        const follows = at < end ? classes[bytes[at]!]! : NEWLINE;
        if (follows === PLAIN || follows >= CONTROL) {
          return this.badLine(start, this.quoteFault('quote.misplaced', line));
        }
      }
      let found = PLAIN;
      while (at < end && (found = classes[bytes[at]!]!) === PLAIN) at += 1;
      if (at === end) {
        if (!isFileEnd) return this.needMore(start, this.tooLong);
        found = NEWLINE;
      }
      if (found >= CONTROL) {
        if (found === COMBINING_LEAD) this.mayCombine = true;
        else this.noteControl(at);
        at += 1;
        continue;
      }
      if (found === RETURN && at + 1 === end && !isFileEnd) return this.needMore(start, this.tooLong);
      if (this.fieldCount === this.limits.fields) {
        return this.badLine(start, { code: 'columns.too-many', params: { limit: this.limits.fields } });
      }
      this.endField(isQuoted ? field + 1 : field, isQuoted ? at - 1 : at);
      if (found !== DELIMITER) return this.endRecord(start, at, line);
      at += 1;
      field = at;
      isQuoted = false;
    }
  }

  private quoteFault(code: 'quote.unclosed' | 'quote.misplaced', line: number): Fault {
    return { code, params: { line, column: this.fieldCount + 1 } };
  }

  /** At a byte that may begin a control character. */
  private noteControl(at: number): void {
    const code = controlAt(this.bytes, at);
    if (code !== -1) this.fault ??= controlFault(code, this.fieldCount + 1);
  }

  private endField(from: number, to: number): void {
    const limit = this.limits.fieldBytes;
    if (to - from > limit) this.fault ??= { code: 'field.too-long', params: { column: this.fieldCount + 1, limit } };
    this.starts[this.fieldCount] = from;
    this.ends[this.fieldCount] = to;
    this.fieldCount += 1;
  }

  private endRecord(start: number, end: number, line: number): boolean {
    const { bytes } = this;
    if (end - start > this.limits.recordBytes) return this.badLine(start, this.tooLong);
    if (end > this.wellFormedUntil && !isUtf8(bytes.subarray(start, end))) {
      this.fault ??= { code: 'text.not-utf8', params: { column: 1 + undecodable(bytes, this.starts, this.ends) } };
    }
    this.describe(this.base + start, this.nextLine, end);
    this.nextLine = end < bytes.length ? line + 1 : line;
    if (this.doubledQuotes > 0) makeQuotesSingle(bytes, this.starts, this.ends, this.fieldCount);
    return true;
  }

  /** The record goes on behind the bytes at hand: wait for them, unless more than a record's are there. */
  private needMore(start: number, fault: Fault): boolean {
    if (!this.isLast && this.bytes.length < this.horizon) return false;
    return this.badLine(start, fault);
  }

  /** Gives up on a record: it ends with its first line, so that one bad line never swallows the next. */
  private badLine(start: number, fault: Fault): boolean {
    this.skipping = { offset: this.base + start, line: this.nextLine, fault };
    return this.skipLine(this.skipping);
  }

  private skipLine({ offset, line, fault }: { offset: number; line: number; fault: Fault }): boolean {
    const { bytes, isLast } = this;
    const end = endOfLine(bytes, this.at);
    this.at = end;
    if (isHalfLineEnd(bytes, end, isLast) || (end === bytes.length && !isLast)) return false;
    this.skipping = null;
    this.fault = fault;
    this.fieldCount = 0;
    this.describe(offset, line, end);
    if (end < bytes.length) this.nextLine += 1;
    return true;
  }

  /** Sets what the record is known by, and steps over its line end. */
  private describe(offset: number, line: number, end: number): void {
    this.record += 1;
    this.offset = offset;
    this.line = line;
    this.length = this.base + end - offset;
    this.at = end < this.bytes.length ? behindLineEnd(this.bytes, end) : end;
  }
}
