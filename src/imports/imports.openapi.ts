import type { ApiOperationOptions } from '@nestjs/swagger';
import type { DescribedProblem } from '../shared/http/problem.js';
import { fileContent, uploadedFile } from '../shared/http/streams.js';

const SAMPLE = [
  'id|name|email|state|zipcode|birthday',
  '9|Stone Dominguez|ligula.Aliquam.erat@semperegestasurna.com|IA|05938|Feb 27, 1963',
  '10|Davis Walters|euismod@sit.edu|PA|67102|Mar 21, 1941',
].join('\n');

const form = (field: string) => ({
  schema: {
    type: 'object',
    properties: { [field]: uploadedFile },
    required: [field],
  },
});

const DESCRIPTION = 'The file. Its header names the columns id, name, email, state, zipcode and birthday.';

/** The file of an upload, as a form or raw. */
export const UPLOAD_BODY = {
  description: DESCRIPTION,
  required: true,
  content: {
    'multipart/form-data': form('file'),
    'text/csv': { schema: fileContent, example: SAMPLE },
  },
} as const satisfies ApiOperationOptions['requestBody'];

/** The same under the ancestor's addresses. */
export const ANCESTOR_UPLOAD_BODY = {
  description: DESCRIPTION,
  required: true,
  content: { 'multipart/form-data': form('csv_file') },
} as const satisfies ApiOperationOptions['requestBody'];

export const UNKNOWN_IMPORT: DescribedProblem = {
  status: 404,
  when: 'No import has this id',
  code: 'imports.unknown-import',
};

export const ACTION_NOT_ALLOWED: DescribedProblem = {
  status: 409,
  when: "The import's state does not allow it",
  code: 'imports.action-not-allowed',
};

export const FILE_REMOVED: DescribedProblem = {
  status: 410,
  when: 'The file was deleted, or removed after the time for which files are kept',
  code: 'imports.file-removed',
};

export const NOT_A_DRY_RUN: DescribedProblem = {
  status: 409,
  when: 'The import is no dry run',
  code: 'imports.not-a-dry-run',
};

const refused = (status: number, code: string, when: string): DescribedProblem => ({
  status,
  when,
  code: `imports.${code}`,
});

/** What an upload may be refused for. */
export const UPLOAD_PROBLEMS: readonly DescribedProblem[] = [
  refused(400, 'upload-cut-off', 'The upload ended before the file was whole'),
  refused(408, 'upload-too-slow', 'The upload was too slow'),
  refused(409, 'key-in-use', 'Another upload with this Idempotency-Key is under way'),
  refused(413, 'file-too-large', 'The file has more bytes than are taken'),
  refused(413, 'gzip-bomb', 'The file becomes more than 200 times as long'),
  refused(415, 'wrong-media-type', 'The body is neither a form nor text/csv'),
  refused(415, 'wrong-content-encoding', 'The body is compressed in another way than once by gzip'),
  refused(415, 'file-not-text', 'The file is no text: PDF, zip, xlsx, binary'),
  refused(422, 'file-part-missing', 'The form has no part `file`'),
  refused(422, 'several-files', 'The form has more than one file'),
  refused(422, 'file-empty', 'The file is empty'),
  refused(422, 'gzip-broken', 'The gzip file breaks off or is damaged'),
  refused(422, 'encoding-contradicted', 'The byte order mark is that of another encoding than `encoding` says'),
  refused(422, 'delimiter-ambiguous', 'The header fits several delimiters'),
  refused(422, 'columns-missing', 'The header lacks a column that orders need'),
  refused(422, 'columns-repeated', 'The header names a column twice'),
  refused(422, 'header-unreadable', 'The header cannot be read'),
  refused(422, 'key-reused', 'The Idempotency-Key was used for another file or other options'),
  refused(429, 'too-many-queued', 'Too many imports of the user are not over'),
  { status: 507, when: 'There is no room for the file', code: 'storage.full' },
];

/** The header that makes an upload repeatable. */
export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'A name of your own for this upload, 1 to 255 visible characters. The same request sent again with it is answered ' +
    'with the import that it started; kept for 48 hours as it is, so take one that names nobody, such as a UUID.',
  schema: { type: 'string', maxLength: 257, examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'] },
};

/** The header of a raw body that is compressed. Without it, gzip is known by its first bytes. */
export const CONTENT_ENCODING = {
  name: 'Content-Encoding',
  required: false,
  description: 'How a raw body is compressed.',
  schema: { type: 'string', enum: ['gzip'], examples: ['gzip'] },
};

/** The header with which a request waits for the end of an import. */
export const PREFER = {
  name: 'Prefer',
  required: false,
  description:
    '`wait=N` (RFC 7240): the answer comes as soon as the import is over, or after N seconds, at most 60. What cannot ' +
    'be read is ignored.',
  schema: { type: 'string', maxLength: 1000, examples: ['wait=60'] },
};

/** The address of an import that was accepted. */
export const LOCATION = {
  Location: {
    required: true,
    description: 'Address of the import.',
    schema: {
      type: 'string' as const,
      pattern: '^/acme_orders/api/v1/',
      maxLength: 200,
      examples: ['/acme_orders/api/v1/imports/019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'],
    },
  },
};

/** What an answer with an import says of waiting for its end. */
export const WAITED = {
  'Retry-After': {
    description: 'Seconds until it makes sense to ask again, 1 to 30; not there where the import is over.',
    schema: { type: 'integer' as const, format: 'int32', minimum: 1, maximum: 30 },
  },
  'Preference-Applied': {
    description: '`wait=N`, where the request asked for it: the most that was waited.',
    schema: { type: 'string' as const, pattern: String.raw`^wait=\d+$`, maxLength: 20 },
  },
};
