import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, get, importOf, json, rejectsOf, sql, upload, uploadForm } from '../support/client.js';
import { expectOracle } from '../support/oracle.js';
import { sentBytes } from '../support/encodings.js';
import { fileOf, generated, generatedWith, HEADER, record, type GeneratedFile } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  // Several segments also of small files.
  app = await startApp({ env: { IMPORT_SEGMENT_BYTES: '20000', IMPORT_CHUNK_RECORDS: '100' } });
});
afterAll(() => app?.stop());

let lastId = 0;
const fresh = (): number => (lastId += 10);
const orderOf = (id: number): Promise<Order> => json(get(app, `/orders/${id}`));
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let firstId = 1_000_001;
/** A generated file whose ids no other test has. */
async function generatedFile(generate: typeof generated = generated): Promise<GeneratedFile> {
  const file = await generate({ rows: 1_500, seed: firstId, firstId, quoted: true, malformed: 0.01 });
  firstId = file.oracle.lastId + 1_000_000;
  return file;
}

const MARK = '\ufeff';
const DELIMITERS = ['|', ',', ';', '\t'];
const LINE_ENDS = { LF: ['\n'], CRLF: ['\r\n'], CR: ['\r'], mixed: ['\r\n', '\n', '\r', '\n\n'] };

describe('a file of any delimiter, line end and mark', () => {
  it.each(DELIMITERS)('comes to the same orders where fields are parted by %j', async (delimiter) => {
    for (const [name, lineEnds] of Object.entries(LINE_ENDS)) {
      for (const mark of ['', MARK]) {
        const id = fresh();
        const lines = fileOf(record(id, { name: 'José' }), record(id + 1, { state: 'PA' }), record(id), 'bad')
          .trimEnd()
          .split('\n')
          .map((line) => line.replace('Feb 27, 1963', '1963-02-27').replaceAll('|', delimiter));
        const content = mark + lines.map((line, index) => line + lineEnds[index % lineEnds.length]!).join('');
        const done = await importOf(app, content);
        const counts = { read: 4, valid: 1, invalid: 1, duplicate: 1, malformed: 1 };
        expect({ name, mark, ...done }).toMatchObject({ name, mark, state: 'completed', counts });
        expect(done.file).toMatchObject({ delimiter, encoding: 'utf-8', bytes: Buffer.byteLength(content) });
        expect(await orderOf(id)).toMatchObject({ name: 'José', birthday: '1963-02-27' });
      }
    }
  });
});

describe('a file in another encoding', () => {
  const utf16 = (content: Buffer): Buffer => Buffer.from(MARK + content.toString(), 'utf16le');

  it.each([
    ['UTF-16 LE by its mark', 'utf-16le', utf16, ''],
    ['UTF-16 BE by its mark', 'utf-16be', (content: Buffer) => utf16(content).swap16(), ''],
    ['UTF-16 LE where it is said', 'utf-16le', (content: Buffer) => utf16(content).subarray(2), '?encoding=utf-16le'],
    ['UTF-16 BE where it is said', 'utf-16be', (content: Buffer) => utf16(content).swap16(), '?encoding=utf-16be'],
  ] as const)('comes to what its oracle says: %s', async (_name, encoding, encode, query) => {
    const file = await generatedFile();
    const sent = encode(file.content) as Buffer<ArrayBuffer>;
    const done = await importOf(app, sent, query);
    await expectOracle(app, done, file);
    expect(done.file).toMatchObject({ encoding, bytes: sent.length, sha256: sha256(sent) });
  });

  it.each([
    ['windows-1252', '€'],
    ['iso-8859-1', 'Ð'],
  ] as const)('comes to what its oracle says: %s', async (encoding, letter) => {
    const file = await generatedFile((options) => generatedWith(letter, 'Ł', options));
    expect(file.content.includes(letter)).toBe(true);
    const sent = sentBytes(file.content, encoding) as Buffer<ArrayBuffer>;
    const done = await importOf(app, sent, `?encoding=${encoding}`);
    await expectOracle(app, done, file);
    expect(done.file).toMatchObject({ encoding, bytes: sent.length, sha256: sha256(sent) });
  });

  it('is stored as UTF-8, and progress is told of that', async () => {
    const content = fileOf(record(fresh(), { name: 'Zoë €' }));
    const done = await importOf(
      app,
      sentBytes(Buffer.from(content), 'windows-1252') as never,
      '?encoding=windows-1252',
    );
    const [stored] = await sql<{ key: string; bytes: string; sent: string }>(
      app,
      'SELECT storage_key AS key, file_bytes AS bytes, sent_bytes AS sent FROM imports WHERE id = $1',
      [done.id],
    );
    expect(await readFile(join(app.dataDir, 'uploads', stored!.key), 'utf8')).toBe(content);
    expect(stored).toMatchObject({ bytes: String(Buffer.byteLength(content)), sent: String(done.file.bytes) });
    expect(done.file.bytes).toBe(Buffer.byteLength(content) - 3);
    expect(done.progress).toMatchObject({ bytesRead: Buffer.byteLength(content), percent: 100 });
  });

  it('has its broken characters in malformed records, and no others', async () => {
    const id = fresh();
    const text = fileOf(record(id, { name: 'A\ud800B' }), record(id + 1, { name: '😀' }), record(id + 2));
    const half = Buffer.of(0x0a);
    const done = await importOf(app, Buffer.concat([Buffer.from(MARK + text, 'utf16le'), half]));
    expect(done.counts).toMatchObject({ read: 4, valid: 2, malformed: 2 });
    expect(done.malformations).toEqual({ 'text.not-utf8': 2 });
    expect((await rejectsOf(app, done.id)).map(({ record: number }) => number)).toEqual([1, 4]);
    expect(await orderOf(id + 1)).toMatchObject({ name: '😀' });
  });

  it('belongs to its idempotency key as its delimiter does', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const content = fileOf(record(fresh(), { name: 'José' }));
    const { id } = await accepted(upload(app, content, '?encoding=windows-1252', key));
    expect((await accepted(upload(app, content, '?encoding=windows-1252&delimiter=%7C', key))).id).toBe(id);
    for (const query of ['', '?encoding=utf-8', '?encoding=iso-8859-1']) {
      const problem = await json<Problem>(upload(app, content, query, key));
      expect(problem).toMatchObject({ status: 422, code: 'imports.key-reused' });
    }
    const plain = { 'idempotency-key': randomUUID() };
    const first = await accepted(upload(app, content, '', plain));
    expect((await accepted(upload(app, content, '?encoding=utf-8', plain))).id).toBe(first.id);
  });
});

describe('a gzip file', () => {
  const send = {
    'with Content-Encoding': (content: Buffer) => upload(app, content as never, '', { 'content-encoding': 'gzip' }),
    'with the other name of gzip': (content: Buffer) =>
      upload(app, content as never, '', { 'content-encoding': 'X-GZIP' }),
    'as it is': (content: Buffer) => upload(app, content as never),
    'in a form': (content: Buffer) => uploadForm(app, content as never, 'orders.csv.gz'),
    'at the earlier address': (content: Buffer) => {
      const form = new FormData();
      form.append('csv_file', new Blob([content as never]), 'orders.csv.gz');
      return fetch(`${app.api}/orders/import`, { method: 'PUT', body: form });
    },
  };

  it.each(Object.entries(send))('comes to what its oracle says: %s', async (_name, sending) => {
    const file = await generatedFile();
    const sent = gzipSync(file.content);
    const done = await ended(app, (await accepted(sending(sent))).id);
    await expectOracle(app, done, file);
    expect(done.file).toMatchObject({ bytes: sent.length, sha256: sha256(sent) });
  });

  it('may have several members, and another encoding', async () => {
    const file = await generatedFile();
    const encoded = Buffer.from(MARK + file.content.toString(), 'utf16le');
    const members = [encoded.subarray(0, 777), encoded.subarray(777, 50_000), encoded.subarray(50_000)];
    const done = await importOf(app, Buffer.concat(members.map((each) => gzipSync(each))));
    await expectOracle(app, done, file);
    expect(done.file.encoding).toBe('utf-16le');
  });

  it('can be tried out first, and then be imported', async () => {
    const content = gzipSync(fileOf(record(fresh())));
    const dry = await importOf(app, content, '?dryRun=true');
    expect(dry.counts).toMatchObject({ read: 1, valid: 1 });
    await fetch(`${app.api}/imports/${dry.id}/start`, { method: 'POST' });
    expect(await ended(app, dry.id)).toMatchObject({ state: 'completed', options: { dryRun: false } });
  });

  it('leaves no file behind where it is sent again with its key', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const content = gzipSync(fileOf(record(fresh())));
    const { id } = await accepted(upload(app, content, '', key));
    const before = await readdir(join(app.dataDir, 'uploads'));
    expect((await accepted(upload(app, content, '', { ...key, 'content-encoding': 'gzip' }))).id).toBe(id);
    expect(await readdir(join(app.dataDir, 'uploads'))).toEqual(before);
  });
});

describe('a header', () => {
  it('names its columns in any order and case, and others that are ignored and told of', async () => {
    const id = fresh();
    const content = [
      ' Phone|BIRTHDAY |zipcode|State|_line|Email|name|phone|_line| ID|Phone|',
      `555|1963-02-27|10001|IA|7|a@example.com|Ann|556|8|${id}|557|`,
    ].join('\n');
    const done = await importOf(app, content);
    expect(done.counts).toMatchObject({ read: 1, valid: 1 });
    expect(done.file.ignoredColumns).toEqual(['Phone', 'phone']);
    expect(await orderOf(id)).toMatchObject({ name: 'Ann', email: 'a@example.com' });
    const listed = (await json<{ items: Import[] }>(get(app, '/imports?limit=1'))).items;
    expect(listed[0]!.file.ignoredColumns).toEqual(['Phone', 'phone']);
  });

  it('that has only the columns of an order ignores none', async () => {
    expect((await importOf(app, fileOf(record(fresh())))).file.ignoredColumns).toEqual([]);
  });

  it('that fits two delimiters is read by the one that the records have', async () => {
    const header = `x|${HEADER}|y,${HEADER.replaceAll('|', ',')},z`;
    const [first, second] = [fresh(), fresh()];
    const done = await importOf(app, `${header}\n1|${record(first)}|2\nbad\n`);
    expect(done.file).toMatchObject({ delimiter: '|', ignoredColumns: ['x', `y,${HEADER.replaceAll('|', ',')},z`] });
    const comma = record(second).replace('Feb 27, 1963', '1963-02-27').replaceAll('|', ',');
    expect((await importOf(app, `${header}\n1,${comma},2\n`)).file.delimiter).toBe(',');
    const refused = await json<Problem>(upload(app, `${header}\n`));
    expect(refused).toMatchObject({ status: 422, code: 'imports.delimiter-ambiguous' });
    expect(refused.detail).toContain('"|", ","');
    expect((await importOf(app, `${header}\n`, '?delimiter=,')).counts.read).toBe(0);
  });
});
