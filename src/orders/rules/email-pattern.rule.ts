import { z } from 'zod';
import { rule } from './rule.js';

/** Longest address that mail takes, characters (RFC 5321, 4.5.3.1.3). */
const LONGEST = 254;
/** Longest part of a domain between two dots (RFC 1035, 2.3.4). */
const LONGEST_LABEL = 63;

const AT = 0x40;
const DOT = 0x2e;
const HYPHEN = 0x2d;

/** What a byte may be part of: 1 the local part, 2 a label of the domain. Bytes beyond ASCII are part of neither. */
const PARTS = new Uint8Array(256);
const allow = (part: number, characters: string): void => {
  for (const byte of Buffer.from(characters)) PARTS[byte]! |= part;
};
const LOCAL = 1;
const LABEL = 2;
const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
allow(LOCAL, `${ALPHANUMERIC}_!#$%&'*+/=?^\`{|}~-`);
allow(LABEL, `${ALPHANUMERIC}-`);

/**
 * The e-mail address is valid: one of those that HTML's e-mail field takes, with a dot in the domain and no dot beside
 * another in the local part. By hand, because every record of a file comes here and a regular expression costs several
 * times as much.
 */
export const emailPattern = rule({
  code: 'email_pattern',
  params: z.strictObject({}),
  breaks() {
    return ({ bytes, emailStart, emailEnd }) => {
      if (emailEnd - emailStart > LONGEST) return true;
      const at = endOfLocalPart(bytes, emailStart, emailEnd);
      return at === -1 || !isDomain(bytes, at + 1, emailEnd);
    };
  },
});

/** The place of the @ behind a local part, or -1. */
function endOfLocalPart(bytes: Uint8Array, from: number, to: number): number {
  let isAfterDot = true;
  for (let place = from; place < to; place++) {
    const byte = bytes[place]!;
    const isDot = byte === DOT;
    if (isAfterDot && (isDot || byte === AT)) return -1;
    if (byte === AT) return place;
    if (!isDot && (PARTS[byte]! & LOCAL) === 0) return -1;
    isAfterDot = isDot;
  }
  return -1;
}

/** At least two labels, none of which is empty, too long, or begins or ends with a hyphen. */
function isDomain(bytes: Uint8Array, from: number, to: number): boolean {
  let label = from;
  let labels = 0;
  for (let place = from; place <= to; place++) {
    const byte = place < to ? bytes[place]! : DOT;
    if (byte !== DOT) {
      if ((PARTS[byte]! & LABEL) === 0) return false;
      continue;
    }
    const length = place - label;
    if (length < 1 || length > LONGEST_LABEL) return false;
    if (bytes[label] === HYPHEN || bytes[place - 1] === HYPHEN) return false;
    labels += 1;
    label = place + 1;
  }
  return labels > 1;
}
