import {
  anyFileClasses,
  C1_LEAD,
  COMBINING_LEAD,
  CONTROL,
  controlAt,
  LF,
  NEWLINE,
  PLAIN,
  QUOTE,
  RETURN,
} from './bytes.js';

/** What a quote is here; the other classes are those of any byte. */
const QUOTE_CLASS = 7;

const CLASSES = anyFileClasses();
CLASSES[QUOTE] = QUOTE_CLASS;

/**
 * Finds where quoted fields end, and in the same pass what else must be known of them. It is its own result, because a
 * file has millions of fields: after `close` the public fields tell of the field just passed.
 */
export class QuotedField {
  /** Line ends in it, a CRLF counted once. */
  lines = 0;
  doubledQuotes = 0;
  /** Index of its first control character; -1 if it has none. Line breaks and tabs are none. */
  control = -1;
  /** Whether it has a character from U+0300 on. */
  mayCombine = false;

  /**
   * @param from index behind the opening quote
   * @param end of the bytes that may be looked at
   * @param isFileEnd whether the file ends there
   * @returns index of the closing quote, -1 if there is none before `end`
   */
  close(bytes: Buffer, from: number, end: number, isFileEnd: boolean): number {
    this.lines = 0;
    this.doubledQuotes = 0;
    this.control = -1;
    this.mayCombine = false;
    for (let at = from; at < end; at++) {
      const found = CLASSES[bytes[at]!]!;
      if (found === PLAIN) continue;
      if (found === QUOTE_CLASS) {
        if (at + 1 === end && !isFileEnd) return -1;
        if (bytes[at + 1] !== QUOTE) return at;
        this.doubledQuotes += 1;
        at += 1;
      } else if (found === COMBINING_LEAD) this.mayCombine = true;
      else if (found === CONTROL || found === C1_LEAD) {
        if (this.control === -1 && controlAt(bytes, at) !== -1) this.control = at;
      } else if (found === NEWLINE || (found === RETURN && bytes[at + 1] !== LF)) this.lines += 1;
    }
    return -1;
  }
}
