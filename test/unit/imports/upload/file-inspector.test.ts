import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HEADER_BYTES } from '../../../../src/imports/csv/dialect.js';
import { FileInspector, type SaidOfFile } from '../../../../src/imports/upload/file-inspector.js';
import { DomainError } from '../../../../src/shared/errors.js';

const HEADER = 'id|name|email|state|zipcode|birthday\n';

/** Passes the pieces through an inspector. */
async function pass(
  pieces: readonly (string | Buffer)[],
  maxBytes = 1e9,
  said: SaidOfFile = {},
  onPassed: (bytes: number) => unknown = () => undefined,
) {
  const inspector = new FileInspector(maxBytes, 1 << 20, said);
  const passed: Buffer[] = [];
  async function* content(): AsyncGenerator<Buffer> {
    for (const piece of pieces) yield Buffer.from(piece as string);
  }
  for await (const piece of inspector.pass(content())) {
    passed.push(piece);
    onPassed(piece.length);
  }
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
    expect(inspector.sentBytes).toBe(Buffer.byteLength(file));
    expect(inspector.sha256).toBe(createHash('sha256').update(file).digest('hex'));
    expect(inspector.dialect).toMatchObject({ delimiter: '|', begin: { offset: HEADER.length, record: 0, line: 2 } });
  });

  it('gives other requests their turn, also where it comes faster than it can be looked at', async () => {
    const piece = Buffer.from('9|José|a@b.com|NY|12345|1963-02-27\n'.repeat(1_000));
    let passedBytes = 0;
    let mostInATurn = 0;
    const pieces = Array.from({ length: 50 }, () => piece);
    const passing = pass([HEADER, ...pieces], 1e9, {}, (bytes) => (passedBytes += bytes));
    for (let seen = 0; seen < 50 * piece.length; seen = passedBytes) {
      await nextTurn();
      mostInATurn = Math.max(mostInATurn, passedBytes - seen);
    }
    await passing;
    expect(mostInATurn).toBeLessThan(5 * piece.length);
  });

  it('may have exactly as many bytes as are taken', async () => {
    expect((await pass([HEADER], HEADER.length)).inspector.sentBytes).toBe(HEADER.length);
    expect(await refusal([HEADER], HEADER.length - 1)).toEqual([
      'imports.file-too-large',
      { limit: HEADER.length - 1 },
    ]);
  });

  it('is read by the delimiter that was given', async () => {
    expect(await refusal([HEADER], 1e9, { delimiter: ',' })).toEqual([
      'imports.columns-missing',
      { columns: 'id, name, email, state, zipcode, birthday' },
    ]);
  });

  it('is looked at only as far as its header may go', async () => {
    const pieces = [HEADER, 'x'.repeat(HEADER_BYTES), '\0'.repeat(HEADER_BYTES)];
    expect((await pass(pieces)).inspector.sentBytes).toBe(HEADER.length + 2 * HEADER_BYTES);
  });

  it('has no dialect before it has passed', () => {
    expect(() => new FileInspector(1, 1).dialect).toThrow('not passed yet');
  });
});

describe('a file in another form', () => {
  const file = `${HEADER}9|José|a@b.com|NY|12345|1963-02-27\n`;
  const utf16 = Buffer.from(`\ufeff${file}`, 'utf16le');
  const latin1 = Buffer.from(file, 'latin1');

  it.each([
    ['gzip', gzipSync(file), {}, file, 'utf-8'],
    [
      'gzip of several members',
      Buffer.concat([gzipSync(HEADER), gzipSync(file.slice(HEADER.length))]),
      {},
      file,
      'utf-8',
    ],
    ['UTF-16 LE with a mark', utf16, {}, `\ufeff${file}`, 'utf-16le'],
    ['UTF-16 BE with a mark', Buffer.from(utf16).swap16(), {}, `\ufeff${file}`, 'utf-16be'],
    ['UTF-16 LE without a mark', Buffer.from(utf16.subarray(2)), { encoding: 'utf-16le' }, file, 'utf-16le'],
    ['windows-1252', latin1, { encoding: 'windows-1252' }, file, 'windows-1252'],
    ['ISO 8859-1 in gzip', gzipSync(latin1), { encoding: 'iso-8859-1' }, file, 'iso-8859-1'],
  ] as const)('passes as UTF-8 and uncompressed: %s', async (_, sent, said, stored, encoding) => {
    for (const pieces of [[sent], [...sent].map((byte) => Buffer.of(byte))]) {
      const { inspector, passed } = await pass(pieces, 1e9, said);
      expect(passed.toString()).toBe(stored);
      expect(inspector.sentBytes).toBe(sent.length);
      expect(inspector.sha256).toBe(createHash('sha256').update(sent).digest('hex'));
      expect(inspector.dialect).toMatchObject({ encoding, begin: { offset: Buffer.from(stored).indexOf('9|José') } });
    }
  });

  it('may have no more bytes than are taken, compressed or not', async () => {
    const large = gzipSync(HEADER + '\n'.repeat(1_000));
    expect((await pass([large], HEADER.length + 1_000)).inspector.sentBytes).toBe(large.length);
    for (const limit of [HEADER.length + 999, large.length - 1]) {
      expect(await refusal([large], limit)).toEqual(['imports.file-too-large', { limit }]);
    }
  });

  it('is refused where it is no gzip, though it was said to be', async () => {
    expect(await refusal([file], 1e9, { isGzip: true })).toEqual(['imports.gzip-broken', {}]);
    expect(await refusal([], 1e9, { isGzip: true })).toEqual(['imports.file-empty', {}]);
    expect(await refusal([gzipSync('')])).toEqual(['imports.file-empty', {}]);
  });

  it.each([
    ['utf-8', 'utf-16le', utf16],
    ['utf-16be', 'utf-16le', utf16],
    ['windows-1252', 'utf-16be', Buffer.from(utf16).swap16()],
    ['windows-1252', 'utf-8', Buffer.from(`\ufeff${file}`)],
  ] as const)('is refused where %s was asked for and its mark is that of %s', async (encoding, marked, sent) => {
    expect(await refusal([sent], 1e9, { encoding })).toEqual([
      'imports.encoding-contradicted',
      { asked: encoding, marked },
    ]);
  });

  it('lets go of its bytes when it is refused, so that they can pass over', async () => {
    for (const begin of [Buffer.from('%PDF-'), gzipSync(gzipSync(HEADER))]) {
      let isLetGo = false;
      async function* content(): AsyncGenerator<Buffer> {
        try {
          for (;;) yield begin;
        } finally {
          isLetGo = true;
        }
      }
      const all = Array.fromAsync(new FileInspector(1e9, 1e9).pass(content()));
      await expect(all).rejects.toThrow('imports.file-not-text');
      expect(isLetGo).toBe(true);
    }
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
    ['gzip', gzipSync(gzipSync(HEADER))],
    ['utf-32', Buffer.of(0xff, 0xfe, 0, 0, 0x69, 0, 0, 0)],
    ['pdf', gzipSync('%PDF-1.7')],
    ['html', Buffer.from('\ufeff<html>', 'utf16le')],
    ['binary', `id|\x01${HEADER}`],
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

  it('is known for what it is also where it is said to have an encoding', async () => {
    const said = { encoding: 'windows-1252' } as const;
    expect(await refusal([Buffer.of(0x89, 0x50, 0x4e, 0x47)], 1e9, said)).toEqual([
      'imports.file-not-text',
      { kind: 'image' },
    ]);
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
    const inspector = new FileInspector(1e9, 1e9);
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
