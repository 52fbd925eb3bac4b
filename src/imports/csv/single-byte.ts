import iconv from 'iconv-lite';
import { isAscii } from 'node:buffer';

/** What stands for a character that an encoding does not have. */
const QUESTION_MARK = 0x3f;

/** An encoding in which every byte is a character. */
export interface CodePage {
  /** For each byte its character. */
  readonly codes: Uint16Array;
  /** For each character its byte. */
  readonly bytes: ReadonlyMap<number, number>;
}

/**
 * The code page with this name. A byte that it leaves undefined (five of windows-1252) is the control character of the
 * same number, as browsers take it, so that no two bytes become the same character.
 */
export function codePage(name: 'windows-1252' | 'iso-8859-1'): CodePage {
  const text = iconv.decode(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), name);
  const codes = Uint16Array.from(text, (character, byte) => (character === '\ufffd' ? byte : character.charCodeAt(0)));
  return { codes, bytes: new Map(Array.from(codes, (code, byte) => [code, byte])) };
}

/** Text of a code page as UTF-8. */
export function codePageToUtf8(bytes: Buffer, { codes }: CodePage): Buffer {
  if (isAscii(bytes)) return bytes;
  const utf8 = Buffer.allocUnsafe(bytes.length * 3);
  let at = 0;
  for (let from = 0; from < bytes.length; from++) {
    const code = codes[bytes[from]!]!;
    if (code < 0x80) utf8[at++] = code;
    else {
      if (code < 0x800) utf8[at++] = 0xc0 | (code >> 6);
      else {
        utf8[at++] = 0xe0 | (code >> 12);
        utf8[at++] = 0x80 | ((code >> 6) & 0x3f);
      }
      utf8[at++] = 0x80 | (code & 0x3f);
    }
  }
  return utf8.subarray(0, at);
}

/** UTF-8 as text of a code page. A character that it does not have is a question mark. */
export function utf8ToCodePage(utf8: Buffer, page: CodePage): Buffer {
  if (isAscii(utf8)) return utf8;
  const characters = [...utf8.toString()];
  return Buffer.from(characters.map((each) => page.bytes.get(each.codePointAt(0)!) ?? QUESTION_MARK));
}
