import { Readable } from 'node:stream';

import { DeleteObjectCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

import { StorageFull, StorageObjectChanged, StorageObjectGone, StorageUnusable } from './errors.js';
import { readAhead } from './read-ahead.js';
import { checkedKey, checkRange, type Storage, type StoredObject } from './storage.js';
import { tryOut } from './try-out.js';
import { untilAborted } from './until-aborted.js';

const MIB = 1024 * 1024;

/** S3 takes at most 10 000 parts, so a file may have up to 97 GiB. */
const PART_BYTES = 10 * MIB;

/** Parts under way at once. With the one that fills, about 60 MiB of memory for an upload. */
const PARTS_AT_ONCE = 2;

/** Bytes of one GET: few requests, and little to repeat when a connection breaks. */
const GET_BYTES = 8 * MIB;

/** Bytes of one piece that a reader gets. */
const PIECE_BYTES = MIB;

/** How often a GET is sent whose answer breaks off. The SDK repeats only what fails before the answer begins. */
const GET_ATTEMPTS = 3;

/**
 * Keeps each object as one object of a bucket. Credentials, region, endpoint and retries come from where the AWS SDK
 * looks for them (`AWS_*` variables, profile, role of the machine).
 *
 * An upload that fails is aborted with all its parts. What a killed process leaves only S3 itself can find: give the
 * bucket a lifecycle rule `AbortIncompleteMultipartUpload` of a day.
 */
export class S3Storage implements Storage {
  private readonly client = new S3Client({
    // Servers other than Amazon's seldom have a host name for each bucket.
    forcePathStyle: true,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
  });

  /** `prefix` has no slash at its ends; empty for objects at the top of the bucket. */
  constructor(
    private readonly bucket: string,
    private readonly prefix: string,
  ) {}

  async write(key: string, content: AsyncIterable<Buffer> | Readable, signal?: AbortSignal): Promise<StoredObject> {
    const target = this.target(key);
    let bytes = 0;
    async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        yield chunk;
      }
    }
    // The content ends with an error when the signal aborts: after `upload.abort()`, it would not wait until the parts
    // are removed, and would not remove them at all while the content is silent.
    const body = Readable.from(counted(untilAborted<Buffer>(content, signal)));
    const upload = new Upload({
      client: this.client,
      params: { ...target, Body: body, ContentType: 'text/csv' },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    try {
      const { ETag } = await upload.done();
      if (ETag === undefined) throw new Error('S3 answered without an ETag');
      return { key, bytes, version: ETag };
    } catch (error) {
      signal?.throwIfAborted();
      throw statusOf(error) === 507 ? new StorageFull({ cause: error }) : error;
    }
  }

  async *read(object: StoredObject, from: number, to: number, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
    checkRange(object, from, to);
    const stopped = new AbortController();
    const either = signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal;
    try {
      for await (const part of readAhead(from, to, GET_BYTES, (start, end) => this.get(object, start, end, either))) {
        for (let at = 0; at < part.length; at += PIECE_BYTES) yield part.subarray(at, at + PIECE_BYTES);
      }
    } finally {
      stopped.abort();
    }
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.target(key)));
  }

  async check(): Promise<void> {
    try {
      await tryOut(this);
    } catch (error) {
      throw new StorageUnusable(`s3://${this.bucket}/${this.prefix}`, error);
    }
  }

  private target(key: string): { Bucket: string; Key: string } {
    const name = checkedKey(key);
    return { Bucket: this.bucket, Key: this.prefix === '' ? name : `${this.prefix}/${name}` };
  }

  private async get(object: StoredObject, from: number, to: number, signal: AbortSignal): Promise<Buffer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.request(object, from, to, signal);
      try {
        const bytes = await answer.Body!.transformToByteArray();
        if (bytes.length === to - from) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === GET_ATTEMPTS) throw error;
        continue;
      }
      throw new StorageObjectChanged(object.key);
    }
  }

  private async request(object: StoredObject, from: number, to: number, signal: AbortSignal) {
    const range = { Range: `bytes=${from}-${to - 1}`, IfMatch: object.version };
    const command = new GetObjectCommand({ ...this.target(object.key), ...range });
    try {
      return await this.client.send(command, { abortSignal: signal });
    } catch (error) {
      signal.throwIfAborted();
      if ((error as Error).name === 'NoSuchKey') throw new StorageObjectGone(object.key, { cause: error });
      // 412: another ETag. 416: shorter than it was.
      if ([412, 416].includes(statusOf(error) ?? 0)) throw new StorageObjectChanged(object.key, { cause: error });
      throw error;
    }
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
