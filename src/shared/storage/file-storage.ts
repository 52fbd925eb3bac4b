import { randomUUID } from 'node:crypto';
import type { BigIntStats, Stats } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

import { EarlySync } from './early-sync.js';
import { StorageFull, StorageObjectChanged, StorageObjectGone, StorageUnusable } from './errors.js';
import { readAhead } from './read-ahead.js';
import { checkedKey, checkRange, PART_SUFFIX, type Storage, type StoredObject } from './storage.js';
import { tryOut } from './try-out.js';
import { untilAborted } from './until-aborted.js';

/** Bytes of one write to the disk: larger ones were not faster. */
const BLOCK_BYTES = 1024 * 1024;
/** Bytes of the first one. Who sends next to nothing takes next to no memory. */
const FIRST_BLOCK_BYTES = 64 * 1024;
/** Bytes of one piece read: while one is worked on, nothing else is, and others wait for it. */
const PIECE_BYTES = 512 * 1024;

/** Age at which an unfinished file was left by a process that died: no upload lasts that long. Milliseconds. */
const LEFT_OVER_AFTER_MS = 24 * 60 * 60 * 1000;

/** Keeps each object as one file of one folder. Processes on several machines may share the folder. */
export class FileStorage implements Storage {
  /** `folder` is absolute; it is made when it is first needed. */
  constructor(private readonly folder: string) {}

  async write(key: string, content: AsyncIterable<Buffer> | Readable, signal?: AbortSignal): Promise<StoredObject> {
    const path = this.pathOf(key);
    const chunks = untilAborted<Buffer>(content, signal);
    const part = `${path}.${randomUUID()}${PART_SUFFIX}`;
    let written = part;
    try {
      await makeDurableFolder(this.folder);
      const stats = await writeDurably(part, chunks);
      signal?.throwIfAborted();
      await rename(part, path);
      written = path;
      await syncFolder(this.folder);
      return { key, bytes: Number(stats.size), version: versionOf(stats) };
    } catch (error) {
      await rm(written, { force: true });
      throw isOutOfSpace(error) ? new StorageFull({ cause: error }) : error;
    }
  }

  async *read(object: StoredObject, from: number, to: number, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
    checkRange(object, from, to);
    const file = await this.open(object);
    // One is used while the other is read into.
    const rooms = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)] as const;
    let turn = 0;
    try {
      yield* readAhead(from, to, PIECE_BYTES, async (start, end) => {
        signal?.throwIfAborted();
        const piece = await readPiece(file, start, rooms[(turn ^= 1)]!.subarray(0, end - start));
        // After the bytes, so that none is handed out that another version could have put there.
        await this.verify(object, file);
        return piece;
      });
    } finally {
      await file.close();
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async check(): Promise<void> {
    try {
      await makeDurableFolder(this.folder);
      await removeLeftOvers(this.folder);
      await tryOut(this);
    } catch (error) {
      throw new StorageUnusable(`file:${this.folder}`, error);
    }
  }

  private pathOf(key: string): string {
    return join(this.folder, checkedKey(key));
  }

  private async open(object: StoredObject): Promise<FileHandle> {
    try {
      return await open(this.pathOf(object.key), 'r');
    } catch (error) {
      throw isMissing(error) ? new StorageObjectGone(object.key, { cause: error }) : error;
    }
  }

  private async verify(object: StoredObject, file: FileHandle): Promise<void> {
    const stats = await file.stat({ bigint: true });
    const isUnlinked = stats.nlink === 0n;
    if (isUnlinked && !(await exists(this.pathOf(object.key)))) throw new StorageObjectGone(object.key);
    if (isUnlinked || versionOf(stats) !== object.version) throw new StorageObjectChanged(object.key);
  }
}

function versionOf({ size, mtimeNs, ino }: BigIntStats): string {
  return `${size}-${mtimeNs}-${ino}`;
}

/** The file is made with its first block: who sends next to nothing costs none. */
async function writeDurably(path: string, chunks: AsyncIterable<Buffer>): Promise<BigIntStats> {
  let made: { readonly file: FileHandle; readonly sync: EarlySync } | undefined;
  const write = async (block: Buffer) => {
    if (!made) {
      const file = await open(path, 'wx', 0o600);
      made = { file, sync: new EarlySync(file) };
    }
    await writeAll(made.file, block);
    made.sync.note(block.length);
  };
  try {
    await writeBlocks(chunks, write);
    await made!.sync.finish();
    return await made!.file.stat({ bigint: true });
  } finally {
    await made?.file.close();
  }
}

/**
 * Writes the chunks as full blocks from two buffers in turn: one is written while the other is filled. At least one block
 * is written, and none is under way any more when this ends, in whatever way.
 */
async function writeBlocks(chunks: AsyncIterable<Buffer>, write: (block: Buffer) => Promise<void>): Promise<void> {
  let filling: Buffer = Buffer.allocUnsafeSlow(FIRST_BLOCK_BYTES);
  let spare: Buffer | undefined;
  let filled = 0;
  let writing = Promise.resolve();
  try {
    for await (const chunk of chunks) {
      for (let taken = 0; taken < chunk.length;) {
        const copied = chunk.copy(filling, filled, taken);
        taken += copied;
        filled += copied;
        if (filled < filling.length) continue;
        await writing;
        writing = write(filling);
        // It is awaited before the next write; the client may be silent until then.
        writing.catch(() => {});
        const written = filling.length === BLOCK_BYTES ? filling : undefined;
        [filling, spare, filled] = [spare ?? Buffer.allocUnsafeSlow(BLOCK_BYTES), written, 0];
      }
    }
    await writing;
    await write(filling.subarray(0, filled));
  } finally {
    await writing.catch(() => {});
  }
}

/** Writes all of `block`: a disk that fills up takes a part of it first. */
async function writeAll(file: FileHandle, block: Buffer): Promise<void> {
  for (let written = 0; written < block.length;) {
    written += (await file.write(block, written)).bytesWritten;
  }
}

/** Fills `piece` with the bytes from `from` on. Returns it, or less of it if the file ends before. */
async function readPiece(file: FileHandle, from: number, piece: Buffer): Promise<Buffer> {
  let filled = 0;
  while (filled < piece.length) {
    const { bytesRead } = await file.read(piece, filled, piece.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return piece.subarray(0, filled);
}

/**
 * Makes the folder and those above it, each with its entry fsynced. Not by `mkdir` with `recursive`: that does not fsync,
 * and never ends where the system answers ENOENT though the folder above exists (/proc, automounts).
 */
async function makeDurableFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  await makeDurableFolder(dirname(folder));
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it first.
    if (!(await isFolder(folder))) throw error;
  }
  await syncFolder(dirname(folder));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeLeftOvers(folder: string): Promise<void> {
  const before = Date.now() - LEFT_OVER_AFTER_MS;
  for (const name of await readdir(folder)) {
    if (!name.endsWith(PART_SUFFIX)) continue;
    const path = join(folder, name);
    // It may be gone by now: another process clears the same folder.
    const stats = await statOf(path);
    if (stats && stats.mtimeMs < before) await rm(path, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await statOf(path)) !== undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

/** Undefined where nothing can be seen under `path`. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function isOutOfSpace(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
