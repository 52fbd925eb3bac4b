import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import { startApp, type App } from '../support/app.js';
import { act, ended, exported, getImport, importOf, rejectsOf } from '../support/client.js';
import { fileOf, HEADER, record } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  app = await startApp({ env: { IMPORT_SWEEP_MS: '200' } });
});
afterAll(() => app?.stop());

const ordersOf = ({ id }: Import): Promise<Order[]> => Array.fromAsync(exported(app, `?importId=${id}`));
/** Text in which each letter is one byte, so that it may hold bytes that are no UTF-8. */
const bytesOf = (text: string): Buffer<ArrayBuffer> => Buffer.from(text, 'latin1');

describe('a record that cannot be an order', () => {
  const at = (column: number, field: string) => ({ column, field });
  const wrongNumber = (found: number) => ({ found, expected: 6 });
  const id = (value: string) =>
    [record(value, { email: 'a@b.com' }), 'id.not-an-integer', { ...at(1, 'id'), value }] as const;
  const birthday = (value: string) =>
    [
      record(0, { birthday: value }).replace(/^0/, '7'),
      'birthday.not-a-date',
      { ...at(6, 'birthday'), value },
    ] as const;
  const control = (text: string, character: string) =>
    [record(7, { name: text }), 'text.control-character', { ...at(2, 'name'), character }] as const;

  const hazards: readonly (readonly [text: string, code: string, params: object])[] = [
    ['7|too|few', 'columns.wrong-number', wrongNumber(3)],
    [`${record(7)}|`, 'columns.wrong-number', wrongNumber(7)],
    [String.raw`\.`, 'columns.wrong-number', wrongNumber(1)],
    ['  ', 'columns.wrong-number', wrongNumber(1)],
    ['|'.repeat(1_000), 'columns.too-many', { limit: 1_000 }],
    [record(7, { name: '\xff' }), 'text.not-utf8', at(2, 'name')],
    [record(7, { email: '"\xc3\xa9"', state: '\xed\xa0\x80' }), 'text.not-utf8', at(4, 'state')],
    [record(7, { zipcode: 'a\0b' }), 'text.nul', at(5, 'zipcode')],
    [record(7, { email: '"\n\0"' }), 'text.nul', at(3, 'email')],
    control('\x01', 'U+0001'),
    control('"\x1f\r\n"', 'U+001F'),
    control('\x7f', 'U+007F'),
    control('\xc2\x80', 'U+0080'),
    control('"\xc2\x9f"', 'U+009F'),
    [record(7, { name: 'x'.repeat(65_537) }), 'field.too-long', { ...at(2, 'name'), limit: 65_536 }],
    [record(7, { state: 'x'.repeat(256) }), 'field.too-long', { ...at(4, 'state'), limit: 255 }],
    [record(7, { name: 'x'.repeat(1_048_577) }), 'record.too-long', { limit: 1_048_576 }],
    [record(7, { name: '"a"b' }), 'quote.misplaced', { ...at(2, 'name') }],
    ...['', '0', '-1', '+5', ' 12 ', '1e3', '0x10', '12abc', '1.0', '9007199254740992', '9007199254740993'].map(id),
    ...['Feb 30, 1990', 'Feb 29, 2023', '1990-02-30', '13/13/2020', '31/12/2020', '02/27/63', '63-02-27'].map(birthday),
    ...['', 'today', 'infinity', 'epoch', 'Jan 1, 0000', '0000-01-01', '1963-2-7', '19630227', '-1963-02-27'].map(
      birthday,
    ),
  ];

  it('is named with record, line, column and byte, and its neighbours are stored', async () => {
    const good = (index: number): string => record(500_001 + index);
    const lines = [HEADER, good(0), ...hazards.flatMap(([text], index) => [text, good(index + 1)])];
    const file = bytesOf(`${lines.join('\n')}\n`);
    const done = await importOf(app, file);
    expect(done.counts).toMatchObject({ read: 2 * hazards.length + 1, malformed: hazards.length });
    expect((await ordersOf(done)).map(({ id: stored }) => stored)).toEqual(
      Array.from({ length: hazards.length + 1 }, (_, index) => 500_001 + index),
    );

    const offsets = lines.map((_, index) =>
      Buffer.byteLength(
        lines
          .slice(0, index)
          .map((each) => `${each}\n`)
          .join(''),
        'latin1',
      ),
    );
    const lineOf = (offset: number): number => file.toString('latin1', 0, offset).split('\n').length;
    const rejects = await rejectsOf(app, done.id);
    expect(
      rejects.map(({ record: number, line, byteOffset, reasons: [reason] }) => ({
        number,
        line,
        code: reason!.code,
        params: reason!.params,
        byteOffset,
      })),
    ).toEqual(
      hazards.map(([, code, params], index) => {
        const byteOffset = offsets[2 * index + 2]!;
        const line = lineOf(byteOffset);
        const opens = code === 'quote.misplaced' ? { line } : {};
        return { number: 2 * index + 2, line, code, params: { ...params, ...opens }, byteOffset };
      }),
    );
  });

  it('is described in three languages, with the name of the column', async () => {
    const { id: importId } = await importOf(
      app,
      fileOf(record(1), record(7, { email: '\x1b[31m' }), record(8, { name: 'x\0' })),
    );
    const messages = async (lang: string) =>
      (await rejectsOf(app, importId, `&lang=${lang}&outcome=malformed`)).map(({ reasons }) => reasons[0]!.message);
    expect(await messages('en')).toEqual([
      'Column 3 (email) holds the control character U+001B.',
      'Column 2 (name) holds a NUL character.',
    ]);
    expect(await messages('pt-BR')).toContain('A coluna 3 (email) contém o caractere de controle U+001B.');
    expect(await messages('es')).toContain('La columna 3 (email) contiene el carácter de control U+001B.');
  });
});

describe('a quote that is never closed', () => {
  it('costs its record alone, is named by the line on which it opens, and the next line is read', async () => {
    const after = Array.from({ length: 3 }, (_, index) => record(510_002 + index));
    const done = await importOf(
      app,
      fileOf(record(510_001), record(510_009, { name: '"two\nlines"', email: '"open' }), ...after),
    );
    // Its second line is read for itself.
    expect(await rejectsOf(app, done.id)).toMatchObject([
      { record: 2, line: 3, reasons: [{ code: 'quote.unclosed', params: { line: 4, column: 3, field: 'email' } }] },
      { record: 3, line: 4, reasons: [{ code: 'quote.unclosed', params: { line: 4, column: 2, field: 'name' } }] },
    ]);
    expect((await ordersOf(done)).map(({ id }) => id)).toEqual([510_001, 510_002, 510_003, 510_004]);
  });

  it('is given up after 1 MiB, however long the file is', async () => {
    const after = Array.from({ length: 40_000 }, (_, index) => record(600_001 + index));
    const content = fileOf(record(600_000, { name: '"open' }), ...after);
    expect(content.length).toBeGreaterThan(2 * 1_048_576);
    const done = await importOf(app, content);
    expect(done.counts).toMatchObject({ read: 40_001, malformed: 1, duplicate: 0 });
    expect(done.malformations).toEqual({ 'quote.unclosed': 1 });
  });
});

describe('text that means something elsewhere', () => {
  it('is data: names of object members as header and value, lines of COPY, formulas', async () => {
    const header = `__proto__|${HEADER}|constructor|toString`;
    const names = [
      '__proto__',
      'constructor',
      String.raw`\.`,
      String.raw`\N`,
      '=HYPERLINK("a")',
      '+1',
      '-1',
      '@a',
      '\t=1',
    ];
    const rows = names.map(
      (name, index) => `__proto__|${record(530_001 + index, { name })}|constructor|${String.raw`\.`}`,
    );
    const done = await importOf(app, [header, ...rows].join('\n'));
    expect(done.counts).toMatchObject({ read: names.length, malformed: 0 });
    expect((await ordersOf(done)).map(({ name }) => name)).toEqual(names);
  });

  it('has its names stored in the Unicode form NFC, and its e-mails as they came', async () => {
    const name = 'Jose\u0301 \u1112\u1161\u11ab';
    const done = await importOf(app, fileOf(record(531_001, { name, email: `e\u0301@example.com` })));
    expect(await ordersOf(done)).toMatchObject([{ name: 'Jos\u00e9 \ud55c', email: 'e\u0301@example.com' }]);
  });

  it('is taken in ids with leading zeros and between blank lines, which are no records', async () => {
    const done = await importOf(app, `${HEADER}\n\n${record('0000000000540001')}\n\r\n\n${record('00540002')}\n\n`);
    expect(done.counts).toMatchObject({ read: 2, malformed: 0 });
    expect((await ordersOf(done)).map(({ id, line }) => [id, line])).toEqual([
      [540_001, 3],
      [540_002, 6],
    ]);
  });
});

describe('a file whose first thousand records are all malformed', () => {
  const bad = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => (index < 10 ? 'x||||| ' : `line,${index}`));
  const good = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, index) => record(from + index));

  it('fails at once, says what to check in every language, and is read on when it is retried', async () => {
    const done = await importOf(app, fileOf(...bad(1_000), ...good(550_001, 500)));
    expect(done).toMatchObject({
      state: 'failed',
      counts: { read: 1_000, malformed: 1_000 },
      failure: { code: 'imports.all-malformed', params: { records: 1_000, malformation: 'columns.wrong-number' } },
    });
    expect(done.failure!.message).toBe(
      'The first 1,000 records are all malformed, most of them for this reason: Wrong number of columns. ' +
        'Check the delimiter, the encoding and the header. No more of the file was read.',
    );
    expect(done.progress.percent).toBeLessThan(100);
    for (const lang of ['pt-BR', 'es']) {
      const { failure } = await getImport(app, `${done.id}?lang=${lang}`);
      expect(failure!.message).toMatch(/1\.?000 .*: [A-Z].*\. /);
      expect(failure!.message).not.toMatch(/[{}$]|malformations/);
    }
    expect(await rejectsOf(app, done.id)).toHaveLength(1_000);
    expect(await ordersOf(done)).toEqual([]);

    expect((await act(app, done.id, 'retry')).status).toBe(200);
    expect(await ended(app, done.id, 10_000)).toMatchObject({
      state: 'completed',
      failure: null,
      counts: { read: 1_500, valid: 500, malformed: 1_000 },
    });
  });

  it('fails also where it has no others, and completes when it is retried', async () => {
    const done = await importOf(app, fileOf(...bad(1_000)), '?dryRun=true');
    expect(done).toMatchObject({ state: 'failed', failure: { code: 'imports.all-malformed' } });
    await act(app, done.id, 'retry');
    expect(await ended(app, done.id, 10_000)).toMatchObject({ state: 'completed', counts: { read: 1_000 } });
  });

  it('is not meant by one with fewer records, or with a record among them that could be read', async () => {
    expect(await importOf(app, fileOf(...bad(999)))).toMatchObject({ state: 'completed', counts: { malformed: 999 } });
    const late = await importOf(app, fileOf(...bad(999), ...good(560_001, 1), ...bad(2_000)));
    expect(late).toMatchObject({ state: 'completed', counts: { valid: 1, malformed: 2_999 } });
    const invalid = await importOf(app, fileOf(record(560_002, { state: 'PA' }), ...bad(2_000)));
    expect(invalid).toMatchObject({ state: 'completed', counts: { invalid: 1, malformed: 2_000 } });
  });
});

describe('an import that failed with its last chunk', () => {
  it('fails again when it is retried, and does not wait for ever', async () => {
    const done = await importOf(app, fileOf(record(570_001, { state: 'PA' }), record(570_002)), '?maxRejects=0');
    expect(done).toMatchObject({ state: 'failed', failure: { code: 'imports.too-many-rejects' } });
    await act(app, done.id, 'retry');
    expect(await ended(app, done.id, 10_000)).toMatchObject({ state: 'failed', counts: done.counts });
  });
});
