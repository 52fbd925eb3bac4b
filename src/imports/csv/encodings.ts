import { Recoder, type Recode } from './recoder.js';
import { codePage, codePageToUtf8, utf8ToCodePage } from './single-byte.js';
import { HALF_UNIT, utf16ToUtf8, utf8ToUtf16, wholeUnits } from './utf16.js';

/** Encodings of files. Whatever a client sends, what is stored and read is UTF-8. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Byte order marks; each is U+FEFF in its encoding, so that one becomes the other. */
const MARKS: readonly { readonly begin: Buffer; readonly encoding: Encoding }[] = [
  { begin: Buffer.of(0xef, 0xbb, 0xbf), encoding: 'utf-8' },
  { begin: Buffer.of(0xff, 0xfe), encoding: 'utf-16le' },
  { begin: Buffer.of(0xfe, 0xff), encoding: 'utf-16be' },
];

/** The encoding that a file's first bytes (three, or all of it) say it has, or null where they are no mark. */
export const markedEncoding = (head: Buffer): Encoding | null =>
  MARKS.find(({ begin }) => head.subarray(0, begin.length).equals(begin))?.encoding ?? null;

/** An encoding beside UTF-8. Both ways together change no byte, also of what is invalid in the encoding. */
interface Codec {
  readonly toUtf8: Recode;
  readonly fromUtf8: Recode;
  /** How many of the encoded bytes are whole characters. */
  readonly endOfWhole: (bytes: Buffer) => number;
}

const utf16 = (isBigEndian: boolean): Codec => ({
  toUtf8: (bytes) => utf16ToUtf8(bytes, isBigEndian),
  fromUtf8: (bytes) => utf8ToUtf16(bytes, isBigEndian),
  endOfWhole: (bytes) => wholeUnits(bytes, isBigEndian),
});

function singleByte(name: Parameters<typeof codePage>[0]): Codec {
  const page = codePage(name);
  return {
    toUtf8: (bytes) => codePageToUtf8(bytes, page),
    fromUtf8: (bytes) => utf8ToCodePage(bytes, page),
    endOfWhole: ({ length }) => length,
  };
}

const CODECS: Readonly<Record<Encoding, Codec>> = {
  'utf-8': { toUtf8: (bytes) => bytes, fromUtf8: (bytes) => bytes, endOfWhole: ({ length }) => length },
  'utf-16le': utf16(false),
  'utf-16be': utf16(true),
  'windows-1252': singleByte('windows-1252'),
  'iso-8859-1': singleByte('iso-8859-1'),
};

/** Makes what is stored of what a client sends. Any bytes can be made again with `toSent`. */
export const toStored = (encoding: Encoding): Recoder =>
  new Recoder(CODECS[encoding].endOfWhole, CODECS[encoding].toUtf8);

/** Makes, piece by piece, the client's bytes of what is stored. */
export const toSent = (encoding: Encoding): Recoder => new Recoder(wholeCharacters, CODECS[encoding].fromUtf8);

/** How many of the bytes are whole characters of UTF-8, or of what `utf16ToUtf8` makes beyond it. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return lengthOfCharacter(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function lengthOfCharacter(firstByte: number): number {
  if (firstByte === HALF_UNIT) return 3;
  if (firstByte >= 0xf0) return 4;
  return firstByte >= 0xe0 ? 3 : 2;
}
