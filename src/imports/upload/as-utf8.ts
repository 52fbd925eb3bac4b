import { markedEncoding, toStored, type Encoding } from '../csv/encodings.js';
import { HEADER_BYTES } from '../csv/dialect.js';
import { recoded } from '../csv/recoder.js';
import { EncodingContradicted, FileNotText } from '../errors.js';
import { otherKind } from './file-kinds.js';
import { gunzipped, isGzip } from './gunzip.js';
import { Peekable } from './peekable.js';

/** The text of a file as it is stored. */
export interface Utf8Text {
  /** Encoding of the file before. */
  readonly encoding: Encoding;
  readonly content: AsyncIterable<Buffer>;
}

/** The content of a file, which may be gzip. `isDeclared` says that it must be. */
export async function uncompressed(content: Peekable, maxBytes: number, isDeclared: boolean): Promise<Peekable> {
  const head = await content.peek(2);
  const isCompressed = isGzip(head) || (isDeclared && head.length > 0);
  return isCompressed ? new Peekable(gunzipped(content, maxBytes)) : content;
}

/**
 * A file's text in UTF-8. Where no encoding is given, the byte order mark tells, and without one it is UTF-8. Text that
 * is UTF-8 passes as it is. Throws FileNotText or EncodingContradicted before anything passes.
 */
export async function asUtf8(content: Peekable, given: Encoding | undefined): Promise<Utf8Text> {
  const head = await content.peek(HEADER_BYTES);
  const kind = otherKind(head.subarray(0, HEADER_BYTES));
  if (kind) throw new FileNotText(kind);
  const marked = markedEncoding(head);
  if (given && marked && marked !== given) throw new EncodingContradicted(given, marked);
  const encoding = given ?? marked ?? 'utf-8';
  return { encoding, content: encoding === 'utf-8' ? content : recoded(content, toStored(encoding)) };
}
