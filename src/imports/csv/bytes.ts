import { isUtf8 } from 'node:buffer';

/** Characters that may part the fields of a record, the most likely first. */
export const DELIMITERS = ['|', ',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** Bytes that mean something in a CSV file, whatever its delimiter. */
export const LF = 0x0a;
export const CR = 0x0d;
export const QUOTE = 0x22;

/** What a byte is to the reader, which passes over those that are PLAIN. */
export const PLAIN = 0;
export const DELIMITER = 1;
export const NEWLINE = 2;
export const RETURN = 3;
export const CONTROL = 4;
/** The first byte of U+0080 to U+00BF, of which the first half are control characters. */
export const C1_LEAD = 5;
/** The first byte of U+0300 and all behind it, of which some join the letter before them. Those before stand alone. */
export const COMBINING_LEAD = 6;

const TAB = 0x09;
const DEL = 0x7f;
const C1_LEAD_BYTE = 0xc2;
const FIRST_COMBINING_BYTE = 0xcc;

/** For each byte what it is in any file: a line end, or the begin of a character to look at. */
export function anyFileClasses(): Uint8Array {
  const classes = new Uint8Array(256).fill(PLAIN);
  classes.fill(CONTROL, 0, 0x20);
  classes[DEL] = CONTROL;
  classes[TAB] = PLAIN;
  classes[LF] = NEWLINE;
  classes[CR] = RETURN;
  classes[C1_LEAD_BYTE] = C1_LEAD;
  classes.fill(COMBINING_LEAD, FIRST_COMBINING_BYTE);
  return classes;
}

/** For each byte what it is in a file with this delimiter. */
export function byteClasses(delimiter: Delimiter): Uint8Array {
  const classes = anyFileClasses();
  classes[delimiter.charCodeAt(0)] = DELIMITER;
  return classes;
}

/** The code of the control character that begins at a byte of the class CONTROL or C1_LEAD; -1 if none does. */
export function controlAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]!;
  if (byte !== C1_LEAD_BYTE) return byte;
  const next = bytes[at + 1] ?? 0;
  return next >= 0x80 && next <= 0x9f ? next : -1;
}

/** Line ends in a range of bytes, a CRLF counted once. */
export function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at++) {
    if (bytes[at] === LF) lines += 1;
    else if (bytes[at] === CR && bytes[at + 1] !== LF) lines += 1;
  }
  return lines;
}

/** The place of the next line end, or the end of the bytes. */
export function endOfLine(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  return at;
}

/** The place behind the line end that begins at `at`. */
export const behindLineEnd = (bytes: Buffer, at: number): number =>
  at + (bytes[at] === CR && bytes[at + 1] === LF ? 2 : 1);

/** Whether there is a CR of which only the next bytes will tell whether it is half a CRLF. */
export const isHalfLineEnd = (bytes: Buffer, at: number, isLast: boolean): boolean =>
  bytes[at] === CR && at + 1 === bytes.length && !isLast;

/** The place behind all whole line ends that follow each other from here. */
export function behindBlankLines(bytes: Buffer, from: number, isLast: boolean): number {
  let at = from;
  while ((bytes[at] === LF || bytes[at] === CR) && !isHalfLineEnd(bytes, at, isLast)) at = behindLineEnd(bytes, at);
  return at;
}

/** Takes one quote of each doubled one out of the quoted fields, inside the bytes: each stays one range of them. */
export function makeQuotesSingle(bytes: Buffer, starts: Int32Array, ends: Int32Array, fieldCount: number): void {
  for (let field = 0; field < fieldCount; field++) {
    const start = starts[field]!;
    if (start === 0 || bytes[start - 1] !== QUOTE) continue;
    let to = start;
    for (let from = start; from < ends[field]!; from++) {
      bytes[to++] = bytes[from]!;
      if (bytes[from] === QUOTE) from += 1;
    }
    ends[field] = to;
  }
}

/** Index of the first field that is no UTF-8, of a record that is none. What parts its fields is ASCII. */
export function undecodable(bytes: Buffer, starts: Int32Array, ends: Int32Array): number {
  let field = 0;
  while (isUtf8(bytes.subarray(starts[field], ends[field]))) field += 1;
  return field;
}

/** Whole lines without a quote. Each is a record, whatever else is in it, or blank. */
export interface PlainLines {
  /** The place behind them. */
  readonly end: number;
  readonly records: number;
  readonly lines: number;
}

/** The lines from `from` up to the first that begins at `until` or behind it, has a quote, or is not whole. */
export function plainLines(bytes: Buffer, from: number, until: number, isLast: boolean): PlainLines {
  if (from >= until) return { end: from, records: 0, lines: 0 };
  const quote = bytes.indexOf(QUOTE, from);
  const to = quote === -1 ? bytes.length : quote;
  // Nearly always a file has line ends of one kind, and LF can be looked for by the system.
  return bytes.subarray(from, to).includes(CR)
    ? linesOfAnyEnd(bytes, from, to, until, isLast)
    : linesOfLf(bytes, from, to, until);
}

function linesOfLf(bytes: Buffer, from: number, to: number, until: number): PlainLines {
  let [end, records, lines] = [from, 0, 0];
  while (end < until) {
    const at = bytes.indexOf(LF, end);
    if (at === -1 || at >= to) break;
    if (at > end) records += 1;
    lines += 1;
    end = at + 1;
  }
  return { end, records, lines };
}

function linesOfAnyEnd(bytes: Buffer, from: number, to: number, until: number, isLast: boolean): PlainLines {
  let [end, records, lines] = [from, 0, 0];
  for (let at = from; at < to && end < until; at++) {
    const byte = bytes[at]!;
    if (byte !== LF && byte !== CR) continue;
    if (isHalfLineEnd(bytes, at, isLast)) break;
    if (at > end) records += 1;
    lines += 1;
    if (byte === CR && bytes[at + 1] === LF) at += 1;
    end = at + 1;
  }
  return { end, records, lines };
}
