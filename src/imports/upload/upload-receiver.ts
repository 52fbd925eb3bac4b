import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { CONFIG, type Config } from '../../config.js';
import { InvalidParameters, UnreadableBody } from '../../shared/errors.js';
import { STORAGE, type Storage, type StoredObject } from '../../shared/storage/index.js';
import { untilAborted } from '../../shared/storage/until-aborted.js';
import type { Dialect } from '../csv/dialect.js';
import type { SegmentBegin } from '../segment.entity.js';
import {
  FilePartMissing,
  FileTooLarge,
  SeveralFileParts,
  UploadCutOff,
  WrongContentEncoding,
  WrongMediaType,
} from '../errors.js';
import { UploadPace } from './upload-pace.js';
import { UploadMetrics } from './upload-metrics.js';
import { FileInspector, type SaidOfFile } from './file-inspector.js';

/** A file that is durably stored and that no import refers to yet. */
export interface ReceivedFile {
  /** As the client named it, or null. */
  readonly name: string | null;
  /** Of the file as it was sent: lower-case hex, and its length. */
  readonly sha256: string;
  readonly sentBytes: number;
  /** The file in UTF-8, uncompressed. */
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
  async write(key, content, signal) {
    let bytes = 0;
    for await (const piece of untilAborted(content as AsyncIterable<Buffer>, signal)) bytes += piece.length;
    return { key, bytes, version: '' };
  },
  remove: () => Promise.resolve(),
};

/** What a client may say of a file in the query. */
export type SaidInQuery = Pick<SaidOfFile, 'delimiter' | 'encoding'>;

/** A file by which a repeated request is known. */
export type Fingerprint = Pick<ReceivedFile, 'sha256' | 'dialect'>;

/** Longest name of a file that is kept, characters. */
const NAME_CHARACTERS = 255;

/** Takes the file of a request, as a form's part or as the raw body, to storage without holding it. */
@Injectable()
export class UploadReceiver {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(STORAGE) private readonly storage: Storage,
    private readonly metrics: UploadMetrics,
  ) {}

  /** Resolves when the file is durable. Whatever goes wrong, nothing of it stays behind. */
  async receive(request: FastifyRequest, said: SaidInQuery = {}): Promise<ReceivedFile> {
    return await this.take(request, this.storage, said);
  }

  /** What the request's file is, without storing it. */
  async fingerprint(request: FastifyRequest, said: SaidInQuery = {}): Promise<Fingerprint> {
    return await this.take(request, NOWHERE, said);
  }

  private async take(request: FastifyRequest, place: Place, said: SaidInQuery): Promise<ReceivedFile> {
    const declaredBytes = Number(request.headers['content-length'] ?? 0);
    // The parts of a form around the file need some bytes too.
    if (declaredBytes > this.config.imports.maxFileBytes + 64 * 1024) {
      throw new FileTooLarge(this.config.imports.maxFileBytes);
    }
    const encodings = contentEncodings(request);
    const pace = new UploadPace(request.raw, this.config.limits);
    try {
      if (request.isMultipart()) {
        // A form is not compressed as a whole; the file in it may be.
        if (encodings.length > 0) throw new WrongContentEncoding(encodings.join(', '));
        return await this.takeForm(request, place, said, pace.signal);
      }
      if (mediaType(request) !== 'text/csv') throw new WrongMediaType(mediaType(request));
      const isGzip = encodings.length === 1 && GZIP_NAMES.includes(encodings[0]!);
      if (encodings.length > 0 && !isGzip) throw new WrongContentEncoding(encodings.join(', '));
      return await this.store(request.raw, null, place, { ...said, isGzip }, pace.signal);
    } catch (error) {
      throw bodyError(error, request.raw);
    } finally {
      pace.end();
    }
  }

  private async takeForm(
    request: FastifyRequest,
    place: Place,
    said: SaidInQuery,
    signal: AbortSignal,
  ): Promise<ReceivedFile> {
    let received: ReceivedFile | undefined;
    try {
      for await (const part of untilAborted(request.parts(), signal)) {
        if (!FILE_FIELDS.includes(part.fieldname as 'file')) throw unexpected(part.fieldname);
        if (part.type !== 'file') throw new FilePartMissing();
        if (received) throw new SeveralFileParts();
        received = await this.store(part.file, part.filename || null, place, said, signal);
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
    said: SaidOfFile,
    signal: AbortSignal,
  ): Promise<ReceivedFile> {
    // A refused upload is not destroyed: that would end the connection before the client has read why.
    content.on('error', () => undefined); // Also an error before the first read is read's to report.
    const { maxFileBytes, segmentBytes } = this.config.imports;
    const inspector = new FileInspector(maxFileBytes, segmentBytes, said);
    const stored = await place
      .write(`${randomUUID()}.csv`, inspector.pass(content.iterator({ destroyOnReturn: false })), signal)
      .finally(() => this.metrics.received(inspector.sentBytes));
    const { sha256, sentBytes, dialect, segments } = inspector;
    return { name: name && cleanName(name), sha256, sentBytes, stored, dialect, segments };
  }
}

/** Names of gzip in `Content-Encoding` (RFC 9110, 8.4.1.3). */
const GZIP_NAMES = ['gzip', 'x-gzip'];

/** How the body is compressed, in the order in which that was done. */
const contentEncodings = (request: FastifyRequest): string[] =>
  String(request.headers['content-encoding'] ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '' && each !== 'identity');

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
