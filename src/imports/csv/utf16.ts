import { isUtf8 } from 'node:buffer';

/** Begins the three bytes that stand for half a UTF-16 unit at the end of a file. It is in no UTF-8. */
export const HALF_UNIT = 0xff;

/** With the flag `u` only surrogates without their other half are found. */
const LONE_SURROGATE = /([\ud800-\udfff])/u;

/** How many of the bytes are whole units, and no first half of a pair at their end. */
export function wholeUnits(bytes: Buffer, isBigEndian: boolean): number {
  const end = bytes.length - (bytes.length % 2);
  if (end === 0) return 0;
  const isHighSurrogate = (bytes[isBigEndian ? end - 2 : end - 1]! & 0xfc) === 0xd8;
  return isHighSurrogate ? end - 2 : end;
}

/**
 * UTF-16 as UTF-8 from which it can be made again, whatever it is. A lone surrogate becomes the three bytes that it
 * would have if it were a character (WTF-8), and half a unit at the end three bytes behind a HALF_UNIT; neither is
 * UTF-8, so that the record which holds them is known as broken.
 */
export function utf16ToUtf8(bytes: Buffer, isBigEndian: boolean): Buffer {
  const isHalved = bytes.length % 2 === 1;
  const whole = isHalved ? bytes.subarray(0, -1) : bytes;
  const text = (isBigEndian ? Buffer.from(whole).swap16() : whole).toString('utf16le');
  const utf8 = text.isWellFormed() ? Buffer.from(text) : wtf8(text);
  return isHalved ? Buffer.concat([utf8, halfUnit(bytes.at(-1)!)]) : utf8;
}

/** The UTF-16 that `utf16ToUtf8` was given. */
export function utf8ToUtf16(bytes: Buffer, isBigEndian: boolean): Buffer {
  if (isUtf8(bytes)) return units(bytes.toString(), isBigEndian);
  const parts: Buffer[] = [];
  let done = 0;
  for (let at = 0; at < bytes.length; at++) {
    const isHalf = bytes[at] === HALF_UNIT;
    const isSurrogate = bytes[at] === 0xed && bytes[at + 1]! >= 0xa0;
    if (!isHalf && !isSurrogate) continue;
    const value = ((bytes[at + 1]! & 0x3f) << 6) | (bytes[at + 2]! & 0x3f);
    parts.push(units(bytes.toString('utf8', done, at), isBigEndian));
    parts.push(isHalf ? Buffer.of(value) : units(String.fromCharCode(0xd000 | value), isBigEndian));
    done = at + 3;
    at += 2;
  }
  return Buffer.concat([...parts, units(bytes.toString('utf8', done), isBigEndian)]);
}

function units(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
}

const wtf8 = (text: string): Buffer =>
  Buffer.concat(
    text.split(LONE_SURROGATE).map((part, index) => (index % 2 === 0 ? Buffer.from(part) : surrogate(part))),
  );

function surrogate(unit: string): Buffer {
  const code = unit.charCodeAt(0);
  return Buffer.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

/** Not the byte itself: it could be a delimiter or a line end. */
const halfUnit = (byte: number): Buffer => Buffer.of(HALF_UNIT, 0x80 | (byte >> 6), 0x80 | (byte & 0x3f));
