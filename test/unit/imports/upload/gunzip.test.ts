import * as fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzipped, isGzip } from '../../../../src/imports/upload/gunzip.js';
import { piecesOf } from '../csv/read-all.js';

const MIB = 1024 * 1024;

async function* inPieces(bytes: Buffer, cuts: readonly number[] = []): AsyncGenerator<Buffer> {
  yield* piecesOf(bytes, cuts);
}
const gunzip = async (bytes: Buffer, cuts?: readonly number[], maxBytes = 1e9): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(gunzipped(inPieces(bytes, cuts), maxBytes)));

const text = Buffer.from(Array.from({ length: 300 }, (_, index) => `${index}|record ${index ** 2}\n`).join(''));
const members = fc.array(fc.nat(text.length), { minLength: 1, maxLength: 4 }).map((lengths) => ({
  plain: Buffer.concat(lengths.map((length) => text.subarray(0, length))),
  gzip: Buffer.concat(lengths.map((length) => gzipSync(text.subarray(0, length)))),
}));

describe('a gzip file', () => {
  it('is known by its first two bytes', () => {
    expect(isGzip(gzipSync(''))).toBe(true);
    expect(isGzip(Buffer.of(0x1f))).toBe(false);
    expect(isGzip(Buffer.from('id|name'))).toBe(false);
  });

  it('gives its content, of how many members it is and wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(members, fc.array(fc.nat(3_000), { maxLength: 8 }), async ({ plain, gzip }, cuts) => {
        const within = cuts.map((cut) => Math.min(cut, gzip.length));
        expect((await gunzip(gzip, within)).equals(plain)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('gives its content also byte by byte, and cut between its members', async () => {
    const gzip = Buffer.concat([gzipSync('id|name\n'), gzipSync('1|a\n')]);
    expect((await gunzip(gzip, [...gzip.keys()])).toString()).toBe('id|name\n1|a\n');
    expect((await gunzip(gzip, [gzipSync('id|name\n').length])).toString()).toBe('id|name\n1|a\n');
  });

  it('may be padded with zeros, as tapes pad it', async () => {
    const gzip = Buffer.concat([gzipSync(text), Buffer.alloc(512)]);
    for (const cuts of [[], [gzip.length - 512], [gzip.length - 300, gzip.length - 299]]) {
      expect((await gunzip(gzip, cuts)).equals(text)).toBe(true);
      const more = Buffer.concat([gzip, gzipSync(text)]);
      await expect(gunzip(more, cuts)).rejects.toThrow('imports.gzip-broken');
    }
  });

  it('of many pieces gives them in order, and takes no piece before the one before it is used up', async () => {
    const plain = Buffer.concat(Array.from({ length: 2_000 }, () => text));
    const gzip = gzipSync(plain, { level: 0 });
    let taken = 0;
    async function* content(): AsyncGenerator<Buffer> {
      for (const piece of piecesOf(
        gzip,
        Array.from({ length: 200 }, (_, at) => at * 65_536).filter((at) => at < gzip.length),
      )) {
        taken += piece.length;
        yield piece;
      }
    }
    let given = 0;
    const out: Buffer[] = [];
    for await (const piece of gunzipped(content(), 1e9)) {
      given += piece.length;
      out.push(piece);
      expect(taken - given).toBeLessThan(4 * 65_536);
    }
    expect(Buffer.concat(out).equals(plain)).toBe(true);
  });
});

describe('a gzip file that is refused', () => {
  const gzip = gzipSync(text);

  it('breaks off, wherever that is', async () => {
    for (let length = 0; length < gzip.length; length += 7) {
      await expect(gunzip(gzip.subarray(0, length))).rejects.toThrow('imports.gzip-broken');
    }
    await expect(gunzip(Buffer.concat([gzip, gzip.subarray(0, -1)]))).rejects.toThrow('imports.gzip-broken');
  });

  it('is spoilt, is none, or has something else behind it', async () => {
    const spoilt = Buffer.from(gzip);
    spoilt.writeUInt8(spoilt.at(-6)! ^ 1, spoilt.length - 6);
    for (const bytes of [spoilt, text, Buffer.concat([gzip, text])]) {
      await expect(gunzip(bytes)).rejects.toThrow('imports.gzip-broken');
      await expect(gunzip(bytes, [...Array(50).keys()])).rejects.toThrow('imports.gzip-broken');
    }
  });

  it('comes to more bytes than are taken', async () => {
    expect((await gunzip(gzip, [], text.length)).length).toBe(text.length);
    await expect(gunzip(gzip, [], text.length - 1)).rejects.toMatchObject({
      code: 'imports.file-too-large',
      params: { limit: text.length - 1 },
    });
  });

  it('is a bomb, of which only the begin is uncompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB, 'x'));
    let out = 0;
    const all = (async () => {
      for await (const piece of gunzipped(inPieces(bomb), 1e9)) out += piece.length;
    })();
    await expect(all).rejects.toMatchObject({ code: 'imports.gzip-bomb', kind: 'too-large' });
    expect(out).toBeLessThan(20 * MIB);
  });

  it('is no bomb where it is small', async () => {
    expect(await gunzip(gzipSync(Buffer.alloc(8 * MIB, 'x')))).toHaveLength(8 * MIB);
  });

  it('passes on what its bytes fail with, and lets go of them when it is left', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield gzip.subarray(0, 50);
      throw new Error('cut off');
    }
    await expect(Array.fromAsync(gunzipped(failing(), 1e9))).rejects.toThrow('cut off');
    let isLetGo = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield gzip;
      } finally {
        isLetGo = true;
      }
    }
    for await (const _piece of gunzipped(endless(), 1e9)) break;
    expect(isLetGo).toBe(true);
  });
});
