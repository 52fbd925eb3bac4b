import { describe, expect, it } from 'vitest';
import { otherKind, otherKindOfText } from '../../../../src/imports/upload/file-kinds.js';

/** A zip of files, as far as a reader of its begin sees. */
function zip(...entries: readonly (readonly [name: string, content?: string])[]): Buffer {
  const parts = entries.map(([name, content = '\x01\x02']) => {
    const head = Buffer.alloc(30);
    head.write('PK\x03\x04', 'latin1');
    head.writeUInt16LE(name.length, 26);
    return Buffer.concat([head, Buffer.from(name), Buffer.from(content)]);
  });
  return Buffer.concat(parts);
}
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a file of another kind', () => {
  it.each([
    ['zip', zip(['orders.csv', 'id|name'])],
    ['zip', latin1('PK\x05\x06\0\0')],
    ['xlsx', zip(['[Content_Types].xml'], ['_rels/.rels'])],
    ['xlsx', zip(['docProps/app.xml'], ['xl/workbook.xml'])],
    ['docx', zip(['[Content_Types].xml'], ['_rels/.rels'], ['word/document.xml'])],
    ['pptx', zip(['[Content_Types].xml'], ['ppt/presentation.xml'])],
    ['ods', zip(['mimetype', 'application/vnd.oasis.opendocument.spreadsheet'], ['content.xml'])],
    ['odt', zip(['mimetype', 'application/vnd.oasis.opendocument.text'], ['content.xml'])],
    ['zip', zip(['mimetype', 'application/epub+zip'])],
    ['pdf', latin1('%PDF-1.7')],
    ['xls', latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
    ['image', latin1('\xff\xd8\xff\xe0')],
    ['image', latin1('GIF89a')],
    ['image', latin1('\x89PNG\r\n')],
    ['image', latin1('II*\0')],
    ['rar', latin1('Rar!\x1a\x07\0')],
    ['7z', latin1('7z\xbc\xaf\x27\x1c')],
    ['bzip2', latin1('BZh91AY')],
    ['xz', latin1('\xfd7zXZ\0')],
    ['zstd', latin1('\x28\xb5\x2f\xfd')],
    ['rtf', latin1('{\\rtf1')],
    ['utf-32', latin1('\0\0\xfe\xff')],
    ['html', latin1(' \n<HTML lang="en">')],
    ['html', latin1('<?xml version="1.0"?>')],
  ])('is told by its first bytes to be %s', (kind, head) => {
    expect(otherKind(head)).toBe(kind);
  });

  it('is not told of a zip that breaks off before more is known', () => {
    expect(otherKind(latin1('PK\x03\x04\x14'))).toBe('zip');
    expect(otherKind(zip(['xl/workbook.xml']).subarray(0, 33))).toBe('xlsx');
  });

  it('is binary where the header has control characters', () => {
    expect(otherKindOfText(latin1('id|\0name\n'))).toBe('binary');
    expect(otherKindOfText(latin1('id|\x1bname'))).toBe('binary');
  });
});

describe('a text file', () => {
  it.each(['', 'id|name|state', '\ufeffid;name', 'id\tname\r\n1\t\0', 'PK|id', 'GIF|id', 'BZ|id', '<id>|name'])(
    'is of no other kind: %j',
    (text) => {
      expect(otherKind(Buffer.from(text))).toBeNull();
      expect(otherKindOfText(Buffer.from(text))).toBeNull();
    },
  );
});
