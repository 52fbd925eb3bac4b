import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { CONFIG, type Config } from '../../config.js';
import { InvalidParameters, UnreadableBody } from '../../shared/errors.js';
import { STORAGE, type Storage, type StoredObject } from '../../shared/storage/index.js';
import type { Delimiter, Dialect } from '../csv/dialect.js';
import type { SegmentBegin } from '../segment.entity.js';
import { FilePartMissing, FileTooLarge, SeveralFileParts, UploadCutOff, WrongMediaType } from '../errors.js';
import { FileInspector } from './file-inspector.js';

/** A file that is durably stored and that no import refers to yet. */
export interface ReceivedFile {
  /** As the client named it, or null. */
  readonly name: string | null;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly stored: StoredObject;
  readonly dialect: Dialect;
  /** Where its segments begin, in file order. */
  readonly segments: readonly SegmentBegin[];
}

/** Names of the form field that holds the file. The second is the ancestor's. */
export const FILE_FIELDS = ['file', 'csv_file'] as const;

/** Where a file goes. */
type Place = Pick<Storage, 'write' | 'remove'>;

/** Lets a file pass without keeping it. */
const NOWHERE: Place = {
  async write(key, content) {
    let bytes = 0;
    for await (const piece of content as AsyncIterable<Buffer>) bytes += piece.length;
    return { key, bytes, version: '' };
  },
  remove: () => Promise.resolve(),
};

/** Longest name of a file that is kept, characters. */
const NAME_CHARACTERS = 255;

/** Takes the file of a request, as a form's part or as the raw body, to storage without holding it. */
@Injectable()
export class UploadReceiver {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(STORAGE) private readonly storage: Storage,
  ) {}

  /** Resolves when the file is durable. Whatever goes wrong, nothing of it stays behind. */
  async receive(request: FastifyRequest, delimiter?: Delimiter): Promise<ReceivedFile> {
    return await this.take(request, this.storage, delimiter);
  }

  /** The SHA-256 of the request's file, lower-case hex, without storing it. */
  async fingerprint(request: FastifyRequest, delimiter?: Delimiter): Promise<string> {
    return (await this.take(request, NOWHERE, delimiter)).sha256;
  }

  private async take(request: FastifyRequest, place: Place, delimiter?: Delimiter): Promise<ReceivedFile> {
    const declaredBytes = Number(request.headers['content-length'] ?? 0);
    // The parts of a form around the file need some bytes too.
    if (declaredBytes > this.config.imports.maxFileBytes + 64 * 1024) {
      throw new FileTooLarge(this.config.imports.maxFileBytes);
    }
    try {
      if (request.isMultipart()) return await this.takeForm(request, place, delimiter);
      if (mediaType(request) !== 'text/csv') throw new WrongMediaType(mediaType(request));
      return await this.store(request.raw, null, place, delimiter);
    } catch (error) {
      throw bodyError(error, request.raw);
    }
  }

  private async takeForm(request: FastifyRequest, place: Place, delimiter?: Delimiter): Promise<ReceivedFile> {
    let received: ReceivedFile | undefined;
    try {
      for await (const part of request.parts()) {
        if (!FILE_FIELDS.includes(part.fieldname as 'file')) throw unexpected(part.fieldname);
        if (part.type !== 'file') throw new FilePartMissing();
        if (received) throw new SeveralFileParts();
        received = await this.store(part.file, part.filename || null, place, delimiter);
      }
    } catch (error) {
      if (received) await place.remove(received.stored.key);
      throw error;
    }
    if (!received) throw new FilePartMissing();
    return received;
  }

  private async store(
    content: Readable,
    name: string | null,
    place: Place,
    delimiter?: Delimiter,
  ): Promise<ReceivedFile> {
    // A refused upload is not destroyed: that would end the connection before the client has read why.
    content.on('error', () => undefined); // Also an error before the first read is read's to report.
    const { maxFileBytes, segmentBytes } = this.config.imports;
    const inspector = new FileInspector(maxFileBytes, segmentBytes, delimiter);
    const stored = await place.write(
      `${randomUUID()}.csv`,
      inspector.pass(content.iterator({ destroyOnReturn: false })),
    );
    return {
      name: name && cleanName(name),
      sha256: inspector.sha256,
      stored,
      dialect: inspector.dialect,
      segments: inspector.segments,
    };
  }
}

const mediaType = (request: FastifyRequest): string =>
  (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

const unexpected = (field: string): InvalidParameters =>
  new InvalidParameters([{ field, code: 'request.errors.unknown' }]);

/** PostgreSQL's text takes no NUL, and a name needs no other control character either. */
const cleanName = (name: string): string => name.replaceAll(/\p{Cc}/gu, '').slice(0, NAME_CHARACTERS);

/** What the connection or the form's parser says, in our words. A connection to the storage may be reset as well. */
function bodyError(error: unknown, body: Readable): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (message?.includes('Unexpected end') || (code === 'ECONNRESET' && body.errored)) return new UploadCutOff();
  if (code?.startsWith('FST_') || /^(Multipart|Malformed|Unsupported)/.test(message ?? '')) return new UnreadableBody();
  return error;
}
