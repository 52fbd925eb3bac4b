import type { Readable } from 'node:stream';

/** A stored upload, as the ledger keeps it. */
export interface StoredObject {
  /** Its name in the storage, as given to `write`. */
  readonly key: string;
  readonly bytes: number;
  /** Opaque. Another whenever the content is: the ETag of S3, or size, mtime and inode of the file. */
  readonly version: string;
}

/**
 * Where uploaded files are kept until their import is done with them.
 *
 * Keys are ours, never a client's: letters, digits, `_`, `-` and `.`, not beginning with a dot and not ending in
 * `.part`. Any other key is a RangeError.
 */
export interface Storage {
  /**
   * Streams `content` to `key` and resolves only when it is durable: file and folder entry fsynced, or stored by S3.
   * The stream is paused while the storage is behind; memory does not grow with it. When the stream fails, the storage
   * fails or `signal` aborts, it rejects with that error (or the signal's reason) and leaves nothing behind.
   * Throws StorageFull when there is no room.
   */
  write(key: string, content: AsyncIterable<Buffer> | Readable, signal?: AbortSignal): Promise<StoredObject>;

  /**
   * The bytes from `from` to `to` (exclusive) in pieces of up to 1 MiB. Each is valid until the next is asked for: then
   * its room may be used again. The next piece is fetched while one is used. Throws StorageObjectGone or StorageObjectChanged if the object
   * is not there as `object` describes it, also when that happens between two pieces.
   */
  read(object: StoredObject, from: number, to: number, signal?: AbortSignal): AsyncIterable<Buffer>;

  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;

  /** Tries the place out and clears what killed writes left. Throws StorageUnusable; to be called at start. */
  check(): Promise<void>;
}

/** Suffix of a file that is still being written. */
export const PART_SUFFIX = '.part';

/** Returns `key`, or throws a RangeError if it could name anything but an object of ours. */
export function checkedKey(key: string): string {
  if (/^[\w-][\w.-]{0,199}$/.test(key) && !key.endsWith(PART_SUFFIX)) return key;
  throw new RangeError(`Not a storage key: ${JSON.stringify(key)}`);
}

/** Throws a RangeError unless `from` to `to` lies within the object. */
export function checkRange(object: StoredObject, from: number, to: number): void {
  if (from >= 0 && from <= to && to <= object.bytes) return;
  throw new RangeError(`The stored file ${object.key} has ${object.bytes} bytes, not ${from} to ${to}`);
}
