import { randomBytes } from 'node:crypto';

import { openStorage, type StoredObject } from '../../../src/shared/storage/index.js';

export const MIB = 1024 * 1024;

/** `bytes` in pieces as a socket gives them. */
export async function* inPieces(bytes: Buffer, pieceBytes = 65_521): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** `bytes`, and then nothing more, without an end: a client that stalls. */
export async function* thenSilence(bytes: Buffer, onSilence: () => void): AsyncGenerator<Buffer> {
  yield* inPieces(bytes);
  onSilence();
  await new Promise(() => {});
}

/** `bytes`, and then an error. */
export async function* thenFailure(bytes: Buffer): AsyncGenerator<Buffer> {
  yield* inPieces(bytes);
  throw new Error('the client went away');
}

/** Stores `mebibytes` of random bytes under `key`. */
export async function stored(url: string, key: string, mebibytes: number) {
  const content = randomBytes(mebibytes * MIB);
  return { content, object: await openStorage(url).write(key, inPieces(content)) };
}

/** The bytes of the object, whole or from `from` to `to`. */
export async function bytesOf(url: string, object: StoredObject, from = 0, to = object.bytes): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of openStorage(url).read(object, from, to)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** Reads on until the error, which it returns with the bytes that came before. */
export async function readUntilError(pieces: AsyncIterator<Buffer>) {
  const read: Buffer[] = [];
  try {
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return { bytes: Buffer.concat(read), error: undefined };
      read.push(Buffer.from(value));
    }
  } catch (error) {
    return { bytes: Buffer.concat(read), error };
  }
}
