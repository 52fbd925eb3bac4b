import { endOfLine } from '../csv/bytes.js';

/** How files begin that people take for CSV and that are none. */
const SIGNATURES: readonly { readonly begin: Buffer; readonly kind: string }[] = [
  ['%PDF-', 'pdf'],
  ['\xd0\xcf\x11\xe0', 'xls'],
  // A file that was gzip is so no more.
  ['\x1f\x8b', 'gzip'],
  ['\x89PNG', 'image'],
  ['\xff\xd8\xff', 'image'],
  ['GIF8', 'image'],
  ['II*\0', 'image'],
  ['MM\0*', 'image'],
  ['\xff\xfe\0\0', 'utf-32'],
  ['\0\0\xfe\xff', 'utf-32'],
  ['Rar!\x1a\x07', 'rar'],
  ['7z\xbc\xaf\x27\x1c', '7z'],
  ['BZh9', 'bzip2'],
  ['\xfd7zXZ\0', 'xz'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['PAR1', 'parquet'],
  ['SQLite format 3', 'sqlite'],
  ['{\\rtf', 'rtf'],
].map(([begin, kind]) => ({ begin: Buffer.from(begin!, 'latin1'), kind: kind! }));

/** Begins each file in a zip; also an empty or a split one begins so. */
const ZIP_ENTRY = Buffer.from('PK\x03\x04', 'latin1');
const OTHER_ZIPS = ['PK\x05\x06', 'PK\x07\x08'];
/** Place of the name behind the begin of a ZIP_ENTRY, and of its length. */
const NAME_AT = 30;
const NAME_LENGTH_AT = 26;

/** Control characters that no header has: all but tab, line ends and what separates pages. */
const isControl = (byte: number): boolean => byte < 0x09 || (byte > 0x0d && byte < 0x20);

/**
 * What kind of other file one is by its first bytes, as they were sent but uncompressed; null where it may be text.
 *
 * @param head the first 64 KiB, or all of it
 */
export function otherKind(head: Buffer): string | null {
  const signature = SIGNATURES.find(({ begin }) => head.subarray(0, begin.length).equals(begin));
  if (signature) return signature.kind;
  if (head.subarray(0, ZIP_ENTRY.length).equals(ZIP_ENTRY)) return kindOfZip(head);
  if (OTHER_ZIPS.includes(head.toString('latin1', 0, 4))) return 'zip';
  return isMarkup(head) ? 'html' : null;
}

/** The same of a file that has no signature, by its first bytes as UTF-8. */
export function otherKindOfText(head: Buffer): string | null {
  if (isMarkup(head)) return 'html';
  return head.subarray(0, endOfLine(head, 0)).some(isControl) ? 'binary' : null;
}

const isMarkup = (head: Buffer): boolean =>
  /^(\ufeff)?\s*<(!doctype|html|\?xml|!--)/i.test(head.toString('utf8', 0, 200));

/** The files in a zip tell what it is. */
function kindOfZip(head: Buffer): string {
  const names = namesInZip(head);
  const has = (begin: string): boolean => names.some((name) => name.startsWith(begin));
  if (names[0] === 'mimetype') return kindOfOpenDocument(head);
  if (has('word/')) return 'docx';
  if (has('ppt/')) return 'pptx';
  return has('xl/') || has('[Content_Types].xml') ? 'xlsx' : 'zip';
}

/** OpenDocument has its type uncompressed at its begin. */
function kindOfOpenDocument(head: Buffer): string {
  const type = /opendocument\.(spreadsheet|text)/.exec(head.toString('latin1', NAME_AT, 200))?.[1];
  if (type === undefined) return 'zip';
  return type === 'spreadsheet' ? 'ods' : 'odt';
}

function namesInZip(head: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at !== -1 && at + NAME_AT <= head.length; at = head.indexOf(ZIP_ENTRY, at + NAME_AT)) {
    names.push(head.toString('latin1', at + NAME_AT, at + NAME_AT + head.readUInt16LE(at + NAME_LENGTH_AT)));
  }
  return names;
}
