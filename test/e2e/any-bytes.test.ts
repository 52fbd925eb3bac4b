import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, importOf, upload, uploadForm } from '../support/client.js';
import { fileOf, HEADER, record } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  // Small segments, so that files of some hundred bytes have several.
  app = await startApp({ env: { IMPORT_SEGMENT_BYTES: '1024', IMPORT_CHUNK_RECORDS: '7', IMPORT_SLOTS: '2' } });
});
afterAll(() => app?.stop());

const PIECES = [
  record(1),
  record(2),
  '|',
  '"',
  '""',
  '\n',
  '\r\n',
  '\r',
  '\0',
  '\x07',
  '\x85',
  '\\.',
  'x',
  '\ufeff',
  '😀',
];
const raw = fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes));
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES).map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
    ),
    {
      maxLength: 200,
    },
  )
  .map((parts) => Buffer.concat(parts));
const withHeader = pieces.map((bytes) => Buffer.concat([Buffer.from(`${HEADER}\n`), bytes]));
const anyFile = fc.oneof(
  { weight: 1, arbitrary: raw },
  { weight: 1, arbitrary: pieces },
  { weight: 3, arbitrary: withHeader },
);

describe('any bytes at all', () => {
  it('are refused with a reason or imported to an end, every record once, and the service goes on', async () => {
    const states = new Set<string>();
    const types = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyFile, fc.boolean(), async (bytes, isForm) => {
        const answer = await (isForm ? uploadForm(app, bytes) : upload(app, bytes));
        expect(answer.status).toBeLessThan(500);
        types.add(answer.headers.get('content-type')!.replace(/;.*/, ''));
        if (answer.status !== 202) return;
        const done = await ended(app, (await accepted(answer)).id);
        states.add(done.state);
        const { read, valid, invalid, duplicate, malformed } = done.counts;
        expect(read).toBe(valid + invalid + duplicate + malformed);
        expect(Object.values(done.malformations).reduce((sum, count) => sum + count, 0)).toBe(malformed);
        expect(done.progress.percent).toBe(100);
      }),
      { numRuns: 60 },
    );
    expect([...states]).toEqual(['completed']);
    expect([...types].toSorted()).toEqual(['application/json', 'application/problem+json']);
    const after = await importOf(app, fileOf(record(777_001), record(777_002)));
    expect(after.counts).toMatchObject({ read: 2, valid: 2 });
    expect(app.workers.size).toBe(1);
  });
});
