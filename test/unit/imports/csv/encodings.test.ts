import * as fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { ENCODINGS, markedEncoding, toSent, toStored } from '../../../../src/imports/csv/encodings.js';
import { sentBytes } from '../../../support/encodings.js';
import { recoded, type Recoder } from '../../../../src/imports/csv/recoder.js';
import { piecesOf } from './read-all.js';

/** All that a recoder makes of bytes in pieces. */
async function through(recoder: Recoder, bytes: Buffer, cuts: readonly number[] = []): Promise<Buffer> {
  async function* content(): AsyncGenerator<Buffer> {
    yield* piecesOf(bytes, cuts);
  }
  return Buffer.concat(await Array.fromAsync(recoded(content(), recoder)));
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** Surrogates, marks and bytes that mean something in UTF-8 more often than others. */
const somePart = fc.oneof(
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...[0xd8, 0xdc, 0xdf, 0xed, 0xff, 0xfe, 0x0a, 0x00, 0x7c].map((byte) => Buffer.of(byte))),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => Buffer.from(text, 'utf16le')),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => Buffer.from(text)),
);
const someBytes = fc.array(somePart, { maxLength: 12 }).map((parts) => Buffer.concat(parts));
const someCuts = fc.array(fc.nat(40), { maxLength: 12 });
const fitting = (bytes: Buffer, cuts: readonly number[]): number[] => cuts.map((cut) => Math.min(cut, bytes.length));

describe.each(ENCODINGS)('a file in %s', (encoding) => {
  it('comes back byte for byte from what is stored, whatever it holds and however both are cut', async () => {
    await fc.assert(
      fc.asyncProperty(someBytes, someCuts, someCuts, async (sent, cuts, storedCuts) => {
        const before = Buffer.from(sent);
        const stored = await through(toStored(encoding), sent, fitting(sent, cuts));
        expect(stored.equals(await through(toStored(encoding), sent))).toBe(true);
        const again = await through(toSent(encoding), stored, fitting(stored, storedCuts));
        expect(again.equals(sent)).toBe(true);
        expect(sentBytes(stored, encoding).equals(sent)).toBe(true);
        expect(sent.equals(before)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('comes back record by record, each as it was', async () => {
    const lines = ['9|José|ação', '10|“Łódź”|😀', ''].map((line) => sentBytes(Buffer.from(line), encoding));
    const lineEnd = sentBytes(Buffer.from('\n'), encoding);
    const sent = Buffer.concat(lines.flatMap((line) => [line, lineEnd]));
    const stored = (await through(toStored(encoding), sent)).toString();
    const records = stored.split('\n').slice(0, -1);
    expect(records.map((each) => sentBytes(Buffer.from(each), encoding))).toEqual(lines);
  });
});

describe('what is stored', () => {
  const stored = (sent: Buffer, encoding: (typeof ENCODINGS)[number]) => through(toStored(encoding), sent);

  it('of UTF-8 are the same bytes, without a copy', () => {
    const piece = Buffer.from('é\xff', 'latin1');
    expect(toStored('utf-8').write(piece).buffer).toBe(piece.buffer);
  });

  it.each(['utf-16le', 'utf-16be'] as const)('of %s is its text as UTF-8, with the mark', async (encoding) => {
    const text = '\ufeffid|名前|😀\r\n';
    const sent = Buffer.from(text, 'utf16le');
    if (encoding === 'utf-16be') sent.swap16();
    expect((await stored(sent, encoding)).toString()).toBe(text);
  });

  it.each([
    ['a first surrogate without the second', [0x41d8, 0x3dd8]],
    ['a second surrogate without the first', [0x00dc, 0x4100]],
    ['two first surrogates', [0x00d8, 0x00d8, 0x00dc]],
  ])('of UTF-16 with %s is not UTF-8', async (_what, units) => {
    const sent = Buffer.from(units.flatMap((unit) => [unit >> 8, unit & 0xff]));
    expect(isUtf8(await stored(sent, 'utf-16le'))).toBe(false);
  });

  it('of UTF-16 with half a unit at its end is not UTF-8, and has no line end or delimiter more', async () => {
    for (const byte of everyByte) {
      const bytes = await stored(Buffer.of(0x41, 0, byte), 'utf-16le');
      expect(isUtf8(bytes)).toBe(false);
      expect(bytes.subarray(1).every((each) => each >= 0x80)).toBe(true);
    }
  });

  it('of windows-1252 is a character for each byte, also for the five that are undefined', async () => {
    expect((await stored(Buffer.of(0x80, 0x99, 0xe9, 0xff), 'windows-1252')).toString()).toBe('€™éÿ');
    const undefinedOnes = Buffer.of(0x81, 0x8d, 0x8f, 0x90, 0x9d);
    expect((await stored(undefinedOnes, 'windows-1252')).toString()).toBe('\x81\x8d\x8f\x90\x9d');
    expect(new Set((await stored(everyByte, 'windows-1252')).toString()).size).toBe(256);
  });

  it('of ISO 8859-1 are the first 256 characters', async () => {
    expect((await stored(everyByte, 'iso-8859-1')).toString()).toBe(everyByte.toString('latin1'));
  });
});

describe('what is sent back', () => {
  it('has a question mark for a character that the encoding lacks', () => {
    expect(sentBytes(Buffer.from('1|Łódź😀'), 'windows-1252').toString('latin1')).toBe('1|?\xf3d??');
    expect(sentBytes(Buffer.from('5 €'), 'iso-8859-1').toString()).toBe('5 ?');
  });
});

describe('a mark', () => {
  it.each([
    ['utf-8', [0xef, 0xbb, 0xbf, 0x69]],
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff, 0]],
    [null, [0xef, 0xbb]],
    [null, [0x69, 0x64, 0x7c]],
    [null, []],
  ])('says %s', (encoding, head) => {
    expect(markedEncoding(Buffer.from(head))).toBe(encoding);
  });
});
