import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';

import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  openStorage,
  STORAGE,
  StorageModule,
  StorageObjectChanged,
  StorageObjectGone,
  type Storage,
} from '../../../src/shared/storage/index.js';
import { bytesOf, inPieces, MIB, readUntilError, stored, thenFailure, thenSilence } from './content.js';
import { filePlace, s3Place, type Place } from './places.js';

const KINDS = [
  { kind: 'a folder', open: filePlace },
  { kind: 'S3', open: s3Place },
];

describe.each(KINDS)('the storage in $kind', ({ open }) => {
  let place: Place & { close(): Promise<void> };
  let storage: Storage;

  beforeEach(async () => {
    place = await open();
    storage = openStorage(place.url);
  });
  afterEach(() => place.close());

  it.each([1, 65_536, MIB - 1, MIB, MIB + 1, 8 * MIB, 10 * MIB, 23 * MIB + 7])(
    'gives back the %i bytes that were written',
    async (size) => {
      const content = randomBytes(size);
      const object = await storage.write('one.csv', inPieces(content));
      expect(object).toMatchObject({ key: 'one.csv', bytes: size });
      expect((await bytesOf(place.url, object)).equals(content)).toBe(true);
    },
  );

  it('keeps an empty object', async () => {
    const object = await storage.write('empty', inPieces(Buffer.alloc(0)));
    expect(object.bytes).toBe(0);
    expect(await place.contents()).toHaveLength(1);
    expect(await bytesOf(place.url, object)).toHaveLength(0);
  });

  it('takes a stream whose pieces are larger than a block', async () => {
    const content = randomBytes(12 * MIB);
    const object = await storage.write(
      'large-pieces',
      Readable.from([content.subarray(0, 5 * MIB), content.subarray(5 * MIB)]),
    );
    expect((await bytesOf(place.url, object)).equals(content)).toBe(true);
  });

  it('gives any range in pieces of at most 1 MiB', async () => {
    const { content, object } = await stored(place.url, 'ranges', 9);
    const borders = [0, 1, MIB - 1, MIB, 8 * MIB, 8 * MIB + 1, 9 * MIB - 1, 9 * MIB];
    for (const from of borders) {
      for (const to of borders.filter((border) => border >= from)) {
        expect((await bytesOf(place.url, object, from, to)).equals(content.subarray(from, to))).toBe(true);
      }
    }
    for await (const piece of storage.read(object, 0, object.bytes)) expect(piece.length).toBeLessThanOrEqual(MIB);
  });

  it('hands out pieces that stay as they are until the next one is asked for', async () => {
    const { content, object } = await stored(place.url, 'kept', 9);
    let at = 0;
    for await (const piece of storage.read(object, 0, object.bytes)) {
      // The next one is read meanwhile.
      await storage.check();
      expect(piece.equals(content.subarray(at, (at += piece.length)))).toBe(true);
    }
    expect(at).toBe(content.length);
  });

  it('refuses a range outside the object', async () => {
    const { object } = await stored(place.url, 'short', 1);
    for (const [from, to] of [
      [-1, 1],
      [2, 1],
      [0, object.bytes + 1],
    ] as const) {
      await expect(bytesOf(place.url, object, from, to)).rejects.toThrow(RangeError);
    }
  });

  it.each(['', '.', '..', '.hidden', 'a/b', '../a', 'a\\b', 'a b', 'a\0', 'ä', 'a.part', 'x'.repeat(201)])(
    'refuses the key %j',
    async (key) => {
      await expect(storage.write(key, inPieces(Buffer.from('x')))).rejects.toThrow(RangeError);
      await expect(storage.remove(key)).rejects.toThrow(RangeError);
      expect(await place.contents()).toEqual([]);
    },
  );

  it.each([0, 1, 12])('keeps nothing of a stream that fails after %i MiB', async (mebibytes) => {
    const writing = storage.write('failed', thenFailure(randomBytes(mebibytes * MIB)));
    await expect(writing).rejects.toThrow('the client went away');
    expect(await place.contents()).toEqual([]);
  });

  it('keeps nothing of a stream that is cut off without an error', async () => {
    const content = new PassThrough();
    const writing = storage.write('cut', content);
    content.write(randomBytes(MIB), () => content.destroy());
    await expect(writing).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    expect(await place.contents()).toEqual([]);
  });

  it('listens for errors of the stream at once, so that none ends the process before it is read', async () => {
    const content = new PassThrough();
    const writing = storage.write('early', content);
    expect(content.listenerCount('error')).toBeGreaterThan(0);
    content.destroy(new Error('the client went away'));
    await expect(writing).rejects.toThrow('the client went away');
    expect(await place.contents()).toEqual([]);
  });

  it.each([0, 1, 12])('keeps nothing of a write aborted while the client is silent after %i MiB', async (mebibytes) => {
    const cancel = new AbortController();
    const reason = new Error('too slow');
    const content = thenSilence(randomBytes(mebibytes * MIB), () => cancel.abort(reason));
    await expect(storage.write('aborted', content, cancel.signal)).rejects.toBe(reason);
    expect(await place.contents()).toEqual([]);
  });

  it('does not begin a write that was aborted before', async () => {
    const writing = storage.write('late', inPieces(randomBytes(10)), AbortSignal.abort(new Error('too late')));
    await expect(writing).rejects.toThrow('too late');
    expect(await place.contents()).toEqual([]);
  });

  it('ends a read when the signal aborts', async () => {
    const { object } = await stored(place.url, 'read-aborted', 32);
    const cancel = new AbortController();
    const pieces = storage.read(object, 0, object.bytes, cancel.signal)[Symbol.asyncIterator]();
    await pieces.next();
    cancel.abort(new Error('cancelled'));
    const { error, bytes } = await readUntilError(pieces);
    expect(error).toMatchObject({ message: 'cancelled' });
    expect(bytes.length).toBeLessThan(31 * MIB);
  });

  it('lets a reader stop early', async () => {
    const { object } = await stored(place.url, 'stopped', 20);
    for await (const piece of storage.read(object, 0, object.bytes)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await storage.remove('stopped');
    expect(await place.contents()).toEqual([]);
  });

  it('gives another version to another content under the same key', async () => {
    const first = await storage.write('a', inPieces(Buffer.from('one')));
    const second = await storage.write('a', inPieces(Buffer.from('two')));
    expect(second.version).not.toBe(first.version);
    expect((await bytesOf(place.url, second)).toString()).toBe('two');
  });

  it('notices that an object was changed', async () => {
    const { object } = await stored(place.url, 'changed', 1);
    await stored(place.url, 'changed', 1);
    await expect(bytesOf(place.url, object)).rejects.toThrow(StorageObjectChanged);
    await expect(bytesOf(place.url, object)).rejects.toMatchObject({ code: 'storage.object-changed' });
  });

  it('notices a change while it reads, and hands out no byte of the new content', async () => {
    const { content, object } = await stored(place.url, 'changing', 32);
    const pieces = storage.read(object, 0, object.bytes)[Symbol.asyncIterator]();
    const first = Buffer.from((await pieces.next()).value as Buffer);
    await stored(place.url, 'changing', 32);
    const { bytes, error } = await readUntilError(pieces);
    expect(error).toBeInstanceOf(StorageObjectChanged);
    const seen = Buffer.concat([first, bytes]);
    expect(seen.equals(content.subarray(0, seen.length))).toBe(true);
  });

  it('notices that an object is gone', async () => {
    const { object } = await stored(place.url, 'gone', 1);
    await storage.remove('gone');
    await expect(bytesOf(place.url, object)).rejects.toThrow(StorageObjectGone);
    await expect(bytesOf(place.url, object)).rejects.toMatchObject({ code: 'storage.object-gone' });
  });

  it('notices that an object goes while it reads', async () => {
    const { object } = await stored(place.url, 'going', 32);
    const pieces = storage.read(object, 0, object.bytes)[Symbol.asyncIterator]();
    await pieces.next();
    await storage.remove('going');
    expect((await readUntilError(pieces)).error).toBeInstanceOf(StorageObjectGone);
  });

  it('removes an object, and finds no fault in removing it twice', async () => {
    await stored(place.url, 'twice', 1);
    await storage.remove('twice');
    await storage.remove('twice');
    expect(await place.contents()).toEqual([]);
  });

  it('passes its check and leaves nothing of it behind', async () => {
    await storage.check();
    expect(await place.contents()).toEqual([]);
  });

  it('is checked and given out by its module', async () => {
    const app = await Test.createTestingModule({ imports: [StorageModule.forRoot(place.url)] }).compile();
    const object = await app.get<Storage>(STORAGE).write('by-module', inPieces(Buffer.from('content')));
    expect((await bytesOf(place.url, object)).toString()).toBe('content');
    await app.close();
  });
});

describe('openStorage', () => {
  it.each(['', 'file:', 's3://', 's3:///prefix', '/var/uploads', 'https://example.org/uploads'])(
    'refuses %j and says what a storage is',
    (url) => expect(() => openStorage(url)).toThrow(`A storage is file:FOLDER or s3://BUCKET/PREFIX, not ${url}`),
  );
});
