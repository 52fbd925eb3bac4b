import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import { FileStorage } from './file-storage.js';
import type { Storage, StoredObject } from './storage.js';
import { untilAborted } from './until-aborted.js';

/**
 * The storage that STORAGE_URL names: `file:FOLDER` (absolute, or relative to the working directory; `file:///…` is
 * taken as a URL, with `%20` for a space) or `s3://BUCKET/PREFIX`. Throws on any other text; touches nothing yet.
 */
export function openStorage(url: string): Storage {
  const folder = folderOf(url);
  if (folder !== null) return new FileStorage(folder);
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(url) ?? [];
  if (bucket) return new LazyStorage(() => openS3(bucket, prefix.replace(/^\/+|\/+$/g, '')));
  throw new Error(`A storage is file:FOLDER or s3://BUCKET/PREFIX, not ${url}`);
}

/** The folder that a STORAGE_URL names, absolute; null where it names none. */
export function folderOf(url: string): string | null {
  const folder = /^file:(.+)$/.exec(url)?.[1];
  if (!folder) return null;
  return folder.startsWith('//') ? fileURLToPath(url) : resolve(folder);
}

/** Loads the AWS SDK only where S3 is used: it takes a good part of a second. */
async function openS3(bucket: string, prefix: string): Promise<Storage> {
  const { S3Storage } = await import('./s3-storage.js');
  return new S3Storage(bucket, prefix);
}

/** A storage that is opened when it is first used. */
class LazyStorage implements Storage {
  private opened?: Promise<Storage>;

  constructor(private readonly open: () => Promise<Storage>) {}

  async write(key: string, content: AsyncIterable<Buffer> | Readable, signal?: AbortSignal): Promise<StoredObject> {
    // Listens to the content at once: it may fail while the SDK is loaded.
    const chunks = untilAborted<Buffer>(content);
    return (await this.storage()).write(key, chunks, signal);
  }

  async *read(object: StoredObject, from: number, to: number, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
    yield* (await this.storage()).read(object, from, to, signal);
  }

  async remove(key: string): Promise<void> {
    await (await this.storage()).remove(key);
  }

  async check(): Promise<void> {
    await (await this.storage()).check();
  }

  private storage(): Promise<Storage> {
    return (this.opened ??= this.open());
  }
}
