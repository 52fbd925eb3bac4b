import { DomainError } from '../shared/errors.js';

/** There is no import with this id. */
export class UnknownImport extends DomainError {
  constructor(importId: string) {
    super('not-found', 'imports.unknown-import', { id: importId });
  }
}

/** The body is neither a form nor text/csv. */
export class WrongMediaType extends DomainError {
  constructor(mediaType: string) {
    super('unsupported-media-type', 'imports.wrong-media-type', { mediaType: mediaType || '-' });
  }
}

/** The form has no part `file` or `csv_file`. */
export class FilePartMissing extends DomainError {
  constructor() {
    super('unprocessable', 'imports.file-part-missing');
  }
}

/** The form has more than one file. */
export class SeveralFileParts extends DomainError {
  constructor() {
    super('unprocessable', 'imports.several-files');
  }
}

/** The file has no bytes, or no line with a word in it. */
export class FileEmpty extends DomainError {
  constructor() {
    super('unprocessable', 'imports.file-empty');
  }
}

/** The file is something else than CSV. `kind` is what it looks like: pdf, zip, xlsx, html, image, binary and so on. */
export class FileNotText extends DomainError {
  constructor(kind: string) {
    super('unsupported-media-type', 'imports.file-not-text', { kind });
  }
}

/** The file has more bytes than are taken. */
export class FileTooLarge extends DomainError {
  constructor(limitBytes: number) {
    super('too-large', 'imports.file-too-large', { limit: limitBytes });
  }
}

/** The body is compressed in another way than once by gzip. */
export class WrongContentEncoding extends DomainError {
  constructor(contentEncoding: string) {
    super('unsupported-media-type', 'imports.wrong-content-encoding', { contentEncoding });
  }
}

/** The gzip file breaks off, or is none. */
export class GzipBroken extends DomainError {
  constructor() {
    super('unprocessable', 'imports.gzip-broken');
  }
}

/** The gzip file becomes so much longer that it can only be meant to fill disks. */
export class GzipBomb extends DomainError {
  constructor(mostTimes: number) {
    super('too-large', 'imports.gzip-bomb', { times: mostTimes });
  }
}

/** The byte order mark at the begin of the file is that of another encoding than the one that was asked for. */
export class EncodingContradicted extends DomainError {
  constructor(asked: string, marked: string) {
    super('unprocessable', 'imports.encoding-contradicted', { asked, marked });
  }
}

/** The header has all columns under each of several delimiters, and the records do not tell which is meant. */
export class DelimiterAmbiguous extends DomainError {
  constructor(delimiters: readonly string[]) {
    const shown = delimiters.map((each) => JSON.stringify(each)).join(', ');
    super('unprocessable', 'imports.delimiter-ambiguous', { delimiters: shown });
  }
}

/** The header lacks columns that an order needs. */
export class HeaderColumnsMissing extends DomainError {
  constructor(columns: readonly string[]) {
    super(
      'unprocessable',
      'imports.columns-missing',
      { columns: columns.join(', ') },
      columns.map((field) => ({ field, code: 'imports.errors.column-missing', params: { field } })),
    );
  }
}

/** The header names a column twice. */
export class HeaderColumnsRepeated extends DomainError {
  constructor(columns: readonly string[]) {
    super(
      'unprocessable',
      'imports.columns-repeated',
      { columns: columns.join(', ') },
      columns.map((field) => ({ field, code: 'imports.errors.column-repeated', params: { field } })),
    );
  }
}

/** The first line is too long, has a quote that is never closed, or cannot be read in the file's encoding. */
export class HeaderUnreadable extends DomainError {
  constructor() {
    super('unprocessable', 'imports.header-unreadable');
  }
}

/** The client stopped before the file was whole. */
export class UploadCutOff extends DomainError {
  constructor() {
    super('invalid-request', 'imports.upload-cut-off');
  }
}

/** The import's state does not allow what was asked for. */
export class ActionNotAllowed extends DomainError {
  constructor(action: string, state: string) {
    super('conflict', 'imports.action-not-allowed', { action, state });
  }
}

/** Another upload with the same idempotency key is under way. */
export class IdempotencyKeyInUse extends DomainError {
  constructor() {
    super('conflict', 'imports.key-in-use');
  }
}

/** The idempotency key was used for another file or other options. */
export class IdempotencyKeyReused extends DomainError {
  constructor() {
    super('unprocessable', 'imports.key-reused');
  }
}

/** The file was removed after the time for which files are kept. */
export class SourceFileRemoved extends DomainError {
  constructor(importId: string) {
    super('gone', 'imports.file-removed', { id: importId });
  }
}

/** Only a dry run can be started: any other import has stored its orders already. */
export class NotADryRun extends DomainError {
  constructor(importId: string) {
    super('conflict', 'imports.not-a-dry-run', { id: importId });
  }
}

/** The upload brought fewer bytes a second than it has to. */
export class UploadTooSlow extends DomainError {
  override readonly headers = { connection: 'close' };
  constructor(limit: number) {
    super('too-slow', 'imports.upload-too-slow', { limit });
  }
}

/** The user has as many imports that are not over as it may. */
export class TooManyQueued extends DomainError {
  override readonly headers = { 'retry-after': '10' };
  constructor(limit: number) {
    super('too-many-requests', 'imports.too-many-queued', { limit });
  }
}
