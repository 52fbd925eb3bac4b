import iconv from 'iconv-lite';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { act, get, importOf, json, rejectsOf, sql } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, generated, HEADER, record } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  // Several segments and many chunks, also of small files.
  app = await startApp({ workers: 1, env: { IMPORT_SEGMENT_BYTES: '20000', IMPORT_CHUNK_RECORDS: '100' } });
});
afterAll(() => app?.stop());

const download = async (
  { id }: Import,
  query = '',
  headers: Record<string, string> = {},
): Promise<Buffer<ArrayBuffer>> => {
  const answer = await get(app, `/imports/${id}/rejects.csv${query}`, headers);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};
const linesOf = (file: Buffer): string[] => file.toString().split('\n').slice(0, -1);

describe('the rejects as a file', () => {
  it("are the client's own lines with why they were refused, and go in again when they are corrected", async () => {
    const lines = [
      record(1),
      record(2, { state: 'PA' }),
      record(3, { birthday: 'Feb 30, 1990' }),
      record(1, { name: 'Again' }),
      'x',
    ];
    const first = await importOf(app, fileOf(...lines));
    const file = await download(first);
    expect(linesOf(file)).toEqual([
      `${HEADER}|_line|_outcome|_reasons`,
      expect.stringMatching(/^2\|.*\|PA\|.*\|3\|invalid\|".*PA.*"$/),
      expect.stringMatching(/^3\|.*\|Feb 30, 1990\|4\|malformed\|".*Feb 30, 1990.*"$/),
      expect.stringMatching(/^1\|Again\|.*\|5\|duplicate\|".*1.*"$/),
      expect.stringMatching(/^x\|6\|malformed\|".*"$/),
    ]);
    linesOf(file)
      .slice(1)
      .forEach((line, at) => expect(line.startsWith(`${lines[[1, 2, 3, 4][at]!]!}|`)).toBe(true));
    const corrected = file
      .toString()
      .replace('|PA|', '|CA|')
      .replace('Feb 30', 'Feb 27')
      .replace('\n1|', '\n4|')
      .replace(/\nx\|.*/, `\n${record(5)}|6|malformed|"corrected"`);
    const second = await importOf(app, corrected, '?onDuplicate=replace-invalid');
    expect(second.counts).toEqual({ read: 4, valid: 4, invalid: 0, duplicate: 0, malformed: 0 });
    const ids = await sql<{ id: number }>(app, 'SELECT id::int FROM orders WHERE valid AND id < 6 ORDER BY id');
    expect(ids.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect((await rejectsOf(app, first.id)).map(({ outcome }) => outcome)).toEqual([
      'invalid',
      'malformed',
      'duplicate',
      'malformed',
    ]);
  });

  it('have the bytes of the file: mark, delimiter, line ends, quotes and what is no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\uFEFF"Id"; NAME ;email;state;"zip""code";zipcode;birthday\r\n'),
      Buffer.from('101;"Ann ""A""\r\nMoore";a@example.com;"nj";;11111;1963-02-27\r\n'),
      Buffer.from('102;Ann;a@example.com;CA;;11111;1963-02-27\r\n\r\n'),
      Buffer.from('103;"M\u00fc'),
      Buffer.from([0xff]),
      Buffer.from('ller";a@example.com;CA;;11111;1963-02-27\r\n104;"open;b\r\n'),
    ]);
    const file = await download(await importOf(app, bytes));
    const text = file.toString('latin1');
    const whole = bytes.toString('latin1');
    const header = whole.slice(0, whole.indexOf('\r\n'));
    const rows = ['101', '103', '104'].map((id) => {
      const from = whole.indexOf(`\r\n${id};`) + 2;
      return whole.slice(from, whole.indexOf(id === '101' ? '\r\n102' : '\r\n', from + 1));
    });
    expect(text.startsWith(`${header};_line;_outcome;_reasons\r\n${rows[0]};2;invalid;"`)).toBe(true);
    expect(text).toContain(`\r\n${rows[1]};6;malformed;"`);
    expect(text).toContain(`\r\n${rows[2]};7;malformed;"`);
    expect(text.split('\r\n')).toHaveLength(6);
  });

  it.each([
    ['utf-16le', '\uFEFF', 191],
    ['utf-16be', '\uFEFF', 192],
    ['windows-1252', '', 193],
    ['iso-8859-1', '', 194],
  ])('have the encoding of the file, and go in again: %s', async (encoding, mark, id) => {
    const sent = (text: string) => Buffer.from(iconv.encode(text, encoding, { addBOM: false }));
    const line = record(id, { name: 'Jos\u00e9 M\u00fcller', state: 'PA' });
    const query = mark === '' ? `?encoding=${encoding}` : '';
    const first = await importOf(app, sent(mark + fileOf(line, record(id + 4))), query);
    expect(first.file.encoding).toBe(encoding);
    const answer = await get(app, `/imports/${first.id}/rejects.csv?lang=pt-BR`);
    expect(answer.headers.get('content-type')).toContain(`charset=${encoding}`);
    const file = Buffer.from(await answer.arrayBuffer());
    const begin = sent(`${mark}${HEADER}|_line|_outcome|_reasons\n${line}|2|invalid|"N\u00e3o enviamos vinho`);
    expect(file.subarray(0, begin.length).equals(begin)).toBe(true);
    const again = await importOf(app, file, `${query || '?'}&onDuplicate=replace-invalid`.replace('?&', '?'));
    expect(again.counts).toMatchObject({ read: 1, invalid: 1 });
    const fileAgain = await download(again, '?lang=pt-BR');
    expect(fileAgain.subarray(0, begin.length).equals(begin)).toBe(true);
    const corrected = sent(iconv.decode(fileAgain, encoding, { stripBOM: false }).replace('|PA|', '|IA|'));
    const second = await importOf(app, corrected, `${query || '?'}&onDuplicate=replace-invalid`.replace('?&', '?'));
    expect(second.counts).toMatchObject({ read: 1, valid: 1 });
    expect(await json(get(app, `/orders/${id}`))).toMatchObject({ name: 'Jos\u00e9 M\u00fcller', valid: true });
  });

  it('have the bytes that their encoding does not know', async () => {
    const line = Buffer.from(record(211, { name: 'A\u0081B' }), 'latin1');
    const file = Buffer.concat([Buffer.from(`${HEADER}\n`), line, Buffer.from('\n')]);
    const done = await importOf(app, file, '?encoding=windows-1252');
    expect(done.malformations).toEqual({ 'text.control-character': 1 });
    expect(
      (await download(done)).includes(Buffer.concat([Buffer.from('\n'), line, Buffer.from('|2|malformed|')])),
    ).toBe(true);
  });

  it('of a gzip file come as it was before it was compressed', async () => {
    const lines = [record(201, { state: 'PA' }), record(202)];
    const done = await importOf(app, gzipSync(fileOf(...lines)));
    const file = linesOf(await download(done));
    expect(file).toHaveLength(2);
    expect(file[1]!.startsWith(`${lines[0]}|2|invalid|`)).toBe(true);
  });

  it('are all of them in file order, of a file of many segments', async () => {
    const { content, oracle } = await generated({
      rows: 6_000,
      seed: 21,
      firstId: 500_001,
      malformed: 0.01,
    });
    const done = await importOf(app, content);
    const rejects = await rejectsOf(app, done.id);
    expect(rejects).toHaveLength(oracle.read - oracle.valid);
    // No field of it has a line end.
    const records = content.toString().split('\n').slice(1);
    const expected = rejects.map(({ record: number, line, outcome }) => [records[number - 1], line, outcome].join('|'));
    const found = linesOf(await download(done)).slice(1);
    expect(found.map((line) => line.replace(/\|"(?:[^"]|"")*"$/, ''))).toEqual(expected);
    const malformed = await download(done, '?outcome=malformed');
    expect(linesOf(malformed)).toHaveLength(1 + oracle.malformed);
  });

  it('say why in the language of the request', async () => {
    const done = await importOf(app, fileOf(record(111, { state: 'PA' })));
    const texts = await Promise.all(
      ['en', 'pt-BR', 'es'].map(async (lang) => (await download(done, '', { 'accept-language': lang })).toString()),
    );
    expect(new Set(texts).size).toBe(3);
    for (const text of texts) expect(text).not.toMatch(/rules\.|imports\./);
  });

  it('have their columns once, however often a file goes back and forth', async () => {
    const first = await importOf(
      app,
      fileOf(record(121, { state: 'PA' }), record(122, { state: 'NJ', name: 'A "B"' })),
    );
    const file = await download(first);
    const second = await importOf(app, file, '?onDuplicate=replace-invalid');
    expect(second.counts).toMatchObject({ read: 2, invalid: 2 });
    expect((await download(second)).toString()).toBe(
      file.toString().replaceAll(/\|(\d)\|invalid/g, (_all, line: string) => `|${line}|invalid`),
    );
  });

  it('have no formula where they are asked to be safe', async () => {
    const lines = [record(131, { name: '=1+2', state: 'PA' }), record(132, { name: '"@x ""y"""', state: 'PA' }), '+3'];
    const done = await importOf(app, fileOf(...lines));
    const file = linesOf(await download(done, '?safe=true'));
    expect(file[1]).toMatch(/^131\|'=1\+2\|/);
    expect(file[2]).toMatch(/^132\|"'@x ""y"""\|/);
    expect(file[3]).toMatch(/^'\+3\|/);
    expect(linesOf(await download(done))[1]).toMatch(/^131\|=1\+2\|/);
  });

  it('come whole where a record is longer than any can be', async () => {
    const long = 'y'.repeat(5 * 1024 * 1024);
    const done = await importOf(app, fileOf(record(141), long, record(142, { state: 'PA' })));
    const file = linesOf(await download(done));
    expect(file[1]!.startsWith(`${long}|3|malformed|"`)).toBe(true);
    expect(file[2]).toMatch(/^142\|/);
  });

  it('are a header alone where nothing was refused', async () => {
    const done = await importOf(app, fileOf(record(151)));
    expect(linesOf(await download(done))).toEqual([`${HEADER}|_line|_outcome|_reasons`]);
  });

  it('are a file for the browser to keep', async () => {
    const done = await importOf(app, fileOf(record(161)));
    const { headers } = await get(app, `/imports/${done.id}/rejects.csv`);
    expect(headers.get('content-type')).toMatch(/^text\/csv; charset=utf-8/);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+-rejects\.csv"$/);
    expect(done.links.rejectsFile).toBe(`${done.links.self}/rejects.csv`);
  });
});

describe('the winner of a duplicate', () => {
  it('is named: import, record and line', async () => {
    const first = await importOf(app, fileOf(record(171), record(172, { name: '"two\nlines"' }), record(173)));
    const second = await importOf(app, fileOf(record(173), record(174), record(174)));
    expect((await rejectsOf(app, second.id)).map(({ record: number, winner }) => [number, winner])).toEqual([
      [1, { importId: first.id, record: 3, line: 5 }],
      [3, { importId: second.id, record: 2, line: 3 }],
    ]);
  });
});

describe('a file that was kept for its time', () => {
  it('is removed; its rejects still list, and what needs it answers 410', async () => {
    const done = await importOf(app, fileOf(record(181, { state: 'PA' })), '?dryRun=true');
    const failed = await importOf(app, fileOf(record(182), 'x', 'y'), '?maxRejects=1');
    expect(failed.state).toBe('failed');
    const rejects = await rejectsOf(app, done.id);
    await sql(app, `UPDATE imports SET finished_at = finished_at - interval '31 days' WHERE id = ANY($1)`, [
      [done.id, failed.id],
    ]);
    const worker = await app.startWorker();
    const removed = () =>
      sql(app, 'SELECT 1 FROM imports WHERE id = ANY($1) AND file_removed_at IS NOT NULL', [[done.id, failed.id]]);
    await eventually('the files are removed', async () => (await removed()).length === 2);
    worker.process.kill('SIGTERM');
    await worker.ended;
    expect(await rejectsOf(app, done.id)).toEqual(rejects);
    for (const answer of [
      get(app, `/imports/${done.id}/rejects.csv`),
      act(app, done.id, 'start'),
      act(app, failed.id, 'retry'),
    ]) {
      const problem = await json<Problem>(await answer);
      expect([(await answer).status, problem.code]).toEqual([410, 'imports.file-removed']);
    }
    const kept = await importOf(app, fileOf(record(183, { state: 'PA' })));
    expect(linesOf(await download(kept))).toHaveLength(2);
  });
});
