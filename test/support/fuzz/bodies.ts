import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { fileOf, record } from '../order-files.js';
import { hostileText } from './hostile.js';

/** A body and the media type that belongs to it; null for none. */
export interface Body {
  readonly content: Buffer | null;
  readonly type: string | null;
}

const BOUNDARY = 'fuzz-boundary';
export const NOTHING: Body = { content: null, type: null };

const records = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 5_000 }).map((id) => record(id)) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(), hostileText).map(([id, name]) => record(id, { name })) },
    { weight: 1, arbitrary: hostileText },
  ),
  { maxLength: 5 },
);
const files = fc.oneof(
  { weight: 4, arbitrary: records.map((each) => Buffer.from(fileOf(...each))) },
  { weight: 1, arbitrary: records.map((each) => gzipSync(fileOf(...each))) },
  { weight: 1, arbitrary: records.map((each) => gzipSync(fileOf(...each)).subarray(0, -9)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.array(hostileText, { maxLength: 8 }).map((names) => Buffer.from(names.join('|'))) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%PDF-1.7', 'PK\u0003\u0004', '<html>', '{"id":1}', '').map((text) => Buffer.from(text)),
  },
);

/** A form with one file, with faults now and then: of the field's name, of the head, of the end. */
const form = fc
  .tuple(
    files,
    fc.oneof({ weight: 4, arbitrary: fc.constantFrom('file', 'csv_file') }, hostileText),
    fc.oneof(fc.constantFrom('; filename="orders.csv"', '; filename="../../a\u0001.csv"', ''), hostileText),
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(`\r\n--${BOUNDARY}--\r\n`) },
      fc.constantFrom('', `\r\n--${BOUNDARY}\r\n`),
    ),
  )
  .map(([file, field, name, end]): Body => {
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"${name}\r\n\r\n`;
    const content = Buffer.concat([Buffer.from(head), file, Buffer.from(end)]);
    return { content, type: `multipart/form-data; boundary=${BOUNDARY}` };
  });

/** What an upload sends. */
export const uploadBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 4, arbitrary: files.map((content): Body => ({ content, type: 'text/csv' })) },
  { weight: 4, arbitrary: form },
  { weight: 1, arbitrary: fc.constant(NOTHING) },
);

/** What nobody has asked for, and mostly nothing. */
export const anyBody: fc.Arbitrary<Body> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(NOTHING) },
  { weight: 1, arbitrary: hostileText.map((text): Body => ({ content: Buffer.from(text), type: 'application/json' })) },
  { weight: 1, arbitrary: form },
);

/** A file as it should be. */
export const goodUpload: fc.Arbitrary<Body> = fc
  .array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 5 })
  .map((ids): Body => ({ content: Buffer.from(fileOf(...ids.map((id) => record(id)))), type: 'text/csv' }));
