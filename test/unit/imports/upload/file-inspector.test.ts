import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../../../../src/imports/csv/dialect.js';
import { FileInspector } from '../../../../src/imports/upload/file-inspector.js';
import { DomainError } from '../../../../src/shared/errors.js';

const HEADER = 'id|name|email|state|zipcode|birthday\n';

/** Passes the pieces through an inspector. */
async function pass(pieces: readonly (string | Buffer)[], maxBytes = 1e9, delimiter?: '|' | ',') {
  const inspector = new FileInspector(maxBytes, 1 << 20, delimiter);
  const passed: Buffer[] = [];
  async function* content(): AsyncGenerator<Buffer> {
    for (const piece of pieces) yield Buffer.from(piece as string);
  }
  for await (const piece of inspector.pass(content())) passed.push(piece);
  return { inspector, passed: Buffer.concat(passed) };
}

/** Code and parameters of the error that the pieces lead to. */
async function refusal(...args: Parameters<typeof pass>): Promise<[string, object]> {
  try {
    await pass(...args);
  } catch (error) {
    if (error instanceof DomainError) return [error.code, error.params];
    throw error;
  }
  throw new Error('the file was taken');
}

describe('a file that passes', () => {
  it('stays the same, and is counted, hashed and understood', async () => {
    const file = `${HEADER}9|José|a@b.com|NY|12345|1963-02-27\n`;
    const { inspector, passed } = await pass([...Buffer.from(file)].map((byte) => Buffer.of(byte)));
    expect(passed.toString()).toBe(file);
    expect(inspector.bytes).toBe(Buffer.byteLength(file));
    expect(inspector.sha256).toBe(createHash('sha256').update(file).digest('hex'));
    expect(inspector.dialect).toMatchObject({ delimiter: '|', begin: { offset: HEADER.length, record: 0, line: 2 } });
  });

  it('may have exactly as many bytes as are taken', async () => {
    expect((await pass([HEADER], HEADER.length)).inspector.bytes).toBe(HEADER.length);
    expect(await refusal([HEADER], HEADER.length - 1)).toEqual([
      'imports.file-too-large',
      { limit: HEADER.length - 1 },
    ]);
  });

  it('is read by the delimiter that was given', async () => {
    expect(await refusal([HEADER], 1e9, ',')).toEqual([
      'imports.columns-missing',
      { columns: 'id, name, email, state, zipcode, birthday' },
    ]);
  });

  it('is looked at only as far as its header may go', async () => {
    const pieces = [HEADER, 'x'.repeat(HEADER_BYTES), '\0'.repeat(HEADER_BYTES)];
    expect((await pass(pieces)).inspector.bytes).toBe(HEADER.length + 2 * HEADER_BYTES);
  });

  it('has no dialect before it has passed', () => {
    expect(() => new FileInspector(1, 1, undefined).dialect).toThrow('not passed yet');
  });
});

describe('a file that is refused', () => {
  it.each([
    ['nothing', []],
    ['empty pieces', ['', '']],
    ['a byte order mark', ['\ufeff']],
    ['blank lines', ['\n', '\r\n']],
  ])('is empty: %s', async (_, pieces) => {
    expect(await refusal(pieces)).toEqual(['imports.file-empty', {}]);
  });

  it.each([
    ['pdf', '%PDF-1.7\n%âãÏÓ'],
    ['zip', 'PK\x03\x04\x14\0'],
    ['gzip', Buffer.of(0x1f, 0x8b, 8, 0)],
    ['utf-16', Buffer.from(`\ufeff${HEADER}`, 'utf16le')],
    ['utf-16', Buffer.from(`\ufeff${HEADER}`, 'utf16le').swap16()],
    ['xls', Buffer.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1)],
    ['image', Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a)],
    ['html', '\n <!DOCTYPE html><title>'],
    ['html', '<html><body>'],
    ['html', '<?xml version="1.0"?>'],
    ['binary', Buffer.from(HEADER, 'utf16le')],
    ['binary', Buffer.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)],
  ])('is no text but %s', async (kind, content) => {
    expect(await refusal([content])).toEqual(['imports.file-not-text', { kind }]);
  });

  it('is known for what it is also in pieces', async () => {
    expect(await refusal(['%P', 'DF-1.7'])).toEqual(['imports.file-not-text', { kind: 'pdf' }]);
  });

  it.each(['\n', '\r\n', '\r'])('is not one with a NUL behind a header that ends with %j', async (newline) => {
    const { inspector } = await pass([`${HEADER.trimEnd()}${newline}9|\0`]);
    expect(inspector.dialect.header).toHaveLength(6);
  });

  it('lacks columns, which are named', async () => {
    expect(await refusal(['id|name|email\n1|a|b\n'])).toEqual([
      'imports.columns-missing',
      { columns: 'state, zipcode, birthday' },
    ]);
  });

  it('has columns twice, which are named', async () => {
    expect(await refusal([HEADER.replace('\n', '|ID|state\n')])).toEqual([
      'imports.columns-repeated',
      { columns: 'id, state' },
    ]);
  });

  it.each([
    ['too long', `${HEADER.trimEnd()}|`.padEnd(HEADER_BYTES + 1, 'x')],
    ['not UTF-8', Buffer.from(HEADER.replace('\n', '|caf\xe9\n'), 'latin1')],
    ['broken by a quote', HEADER.replace('id', '"i"d')],
  ])('has a header that is %s', async (_, content) => {
    expect(await refusal([content])).toEqual(['imports.header-unreadable', {}]);
  });

  it('is refused as soon as its first bytes show it, however long it is', async () => {
    const inspector = new FileInspector(1e9, 1e9, undefined);
    let pulled = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        pulled += 1;
        yield Buffer.alloc(HEADER_BYTES, '%PDF-');
      }
    }
    const all = (async () => {
      for await (const _piece of inspector.pass(endless()));
    })();
    await expect(all).rejects.toThrow('imports.file-not-text');
    expect(pulled).toBe(1);
  });
});
