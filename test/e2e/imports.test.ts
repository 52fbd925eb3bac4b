import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerateOptions } from '../../src/cli/generate-orders.js';
import type { Import } from '../../src/imports/import.dto.js';
import type { Reject } from '../../src/imports/reject.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import type { Page } from '../../src/shared/http/paging.js';
import { linesAbout, startApp, type App } from '../support/app.js';
import {
  accepted,
  allOf,
  digestOf,
  ended,
  exported,
  get,
  getImport,
  importOf,
  json,
  rejectsOf,
  sql,
  upload,
  uploadForm,
  whileOrdersAreLocked,
} from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, generated, HEADER, record, type GeneratedFile } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  // Small chunks, so that every file has several; one slot each, so that two imports run on two workers.
  app = await startApp({
    workers: 2,
    env: { IMPORT_CHUNK_RECORDS: '1000', IMPORT_SLOTS: '1', IMPORT_SWEEP_MS: '200' },
  });
});
afterAll(() => app?.stop());

const sum = ({ valid, invalid, duplicate, malformed }: Import['counts']): number =>
  valid + invalid + duplicate + malformed;

const countsOf = ({ oracle: { read, valid, invalid, duplicate, malformed } }: GeneratedFile): Import['counts'] => ({
  read,
  valid,
  invalid,
  duplicate,
  malformed,
});

const ordersOf = async ({ id }: Import): Promise<Order[]> => await Array.fromAsync(exported(app, `?importId=${id}`));

describe('an import of a generated file', () => {
  const variants: [string, Partial<GenerateOptions>][] = [
    ['as it is usual', {}],
    ['with ids in random order', { shuffle: true }],
    ['delimited by commas', { delimiter: ',' }],
    [
      'quoted, with line breaks in names, CRLF, semicolons and a byte order mark',
      { quoted: true, newline: 'crlf', bom: true, delimiter: ';' },
    ],
    ['with a fifth of its ids repeated', { duplicates: 0.2 }],
    ['of which a tenth cannot be stored', { malformed: 0.1, shuffle: true }],
  ];
  const files = new Map<string, Promise<GeneratedFile>>();
  // Each variant has ids of its own, because all of them go into one database.
  const fileFor = (name: string, index: number, options: Partial<GenerateOptions>): Promise<GeneratedFile> => {
    const file =
      files.get(name) ?? generated({ rows: 20_000, seed: 11 + index, firstId: index * 100_000 + 1, ...options });
    files.set(name, file);
    return file;
  };

  it.each(variants.map(([name, options], index) => ({ name, options, index })))(
    'comes to what the oracle says: $name',
    async ({ name, options, index }) => {
      const file = await fileFor(name, index, options);
      const done = await importOf(app, file.content);
      expect(done).toMatchObject({ state: 'completed', failure: null });
      expect(done.counts).toEqual(countsOf(file));
      expect(done.violations).toEqual(file.oracle.violations);
      expect(await digestOf(app, `?importId=${done.id}`)).toEqual(file.oracle.digest);
    },
  );

  it('a second time finds only duplicates, and changes no order', async () => {
    const [name, options] = variants[0]!;
    const file = await fileFor(name, 0, options);
    const { valid, invalid, duplicate, malformed, read } = file.oracle;
    const again = await importOf(app, file.content);
    expect(again.counts).toEqual({ read, valid: 0, invalid: 0, duplicate: valid + invalid + duplicate, malformed });
    expect(again.violations).toEqual({});
    expect(await ordersOf(again)).toEqual([]);
    const [{ count }] = (await sql<{ count: string }>(app, 'SELECT count(*) FROM orders WHERE id <= 100000')) as [
      { count: string },
    ];
    expect(Number(count)).toBe(valid + invalid);
  });
});

/** Whatever only ever grows while an import runs. */
const numbersOf = ({ counts, progress }: Import) => [...Object.values(counts), progress.bytesRead, progress.percent];

describe('the status of an import', () => {
  it('adds up whenever it is asked for, never goes back, and ends at 100 per cent', async () => {
    const file = await generated({ rows: 40_000, seed: 31, firstId: 1_000_001, shuffle: true });
    const { id } = await accepted(upload(app, file.content));
    const seen: Import[] = [];
    for (let last: Import | undefined; last?.state !== 'completed';) seen.push((last = await getImport(app, id)));

    expect(seen.every(({ counts }) => counts.read === sum(counts))).toBe(true);
    const wentBack = seen.filter(
      (each, at) => at > 0 && numbersOf(each).some((n, i) => n < numbersOf(seen[at - 1]!)[i]!),
    );
    expect(wentBack).toEqual([]);
    const order = ['queued', 'running', 'completed'];
    const states = seen.map(({ state }) => order.indexOf(state));
    expect(states).toEqual(states.toSorted((a, b) => a - b));
    expect(seen.some(({ counts, state }) => state === 'running' && counts.read > 0 && counts.read < 40_000)).toBe(true);
    expect(seen.at(-1)).toMatchObject({
      counts: countsOf(file),
      progress: { bytesRead: file.content.length, percent: 100, recordsPerSecond: null, etaSeconds: null },
    });
  });

  it('tells when it was accepted, taken up and done, in this order', async () => {
    const done = await importOf(app, fileOf(record(1_100_001)));
    const times = [done.createdAt, done.startedAt!, done.finishedAt!];
    expect(times).toEqual(times.toSorted());
    expect(done.links).toEqual({
      self: `/acme_orders/api/v1/imports/${done.id}`,
      events: `/acme_orders/api/v1/imports/${done.id}/events`,
      rejects: `/acme_orders/api/v1/imports/${done.id}/rejects`,
      rejectsFile: `/acme_orders/api/v1/imports/${done.id}/rejects.csv`,
      orders: `/acme_orders/api/v1/orders?importId=${done.id}`,
      sameFile: null,
    });
  });

  it('is at the address that the answer to the upload names', async () => {
    const answer = await upload(app, fileOf(record(1_100_002)));
    const { id, links } = await json<Import>(answer.clone());
    expect(answer.headers.get('location')).toBe(links.self);
    expect(await json<Import>(fetch(app.url + links.self))).toMatchObject({ id });
  });

  it('comes in the language of the request, in the list too', async () => {
    const { id } = await importOf(app, fileOf(record(1_100_003)));
    const messages = ['en', 'pt-BR', 'es'].map(async (lang) => {
      const { message } = await json<Import>(get(app, `/imports/${id}`, { 'accept-language': lang }));
      const { items } = await json<{ items: Import[] }>(get(app, `/imports?limit=1&lang=${lang}`));
      expect(items[0]).toMatchObject({ id, message });
      return message;
    });
    expect(await Promise.all(messages)).toEqual([
      'The import is complete.',
      'A importação está concluída.',
      'La importación se ha completado.',
    ]);
  });

  it('is listed newest first, page by page, and by state', async () => {
    const ids = (await allOf<Import>(app, '/imports?limit=3')).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(6);
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect(new Set(ids).size).toBe(ids.length);
    const completed = await allOf<Import>(app, '/imports?limit=3&state=completed');
    expect(completed.map(({ id }) => id)).toEqual(ids);
    expect(await allOf(app, '/imports?state=failed')).toEqual([]);
  });
});

describe('a file that is sent', () => {
  it('as a form comes to the same as the raw bytes', async () => {
    const content = fileOf(record(1_200_001), record(1_200_002, { state: 'PA' }), 'x|y');
    const form = await ended(app, (await accepted(uploadForm(app, content, 'Weine & Öl.csv'))).id);
    const rejects = await rejectsOf(app, form.id);
    await sql(app, 'DELETE FROM orders WHERE import_id = $1', [form.id]);
    const raw = await importOf(app, content);
    expect(form.file.name).toBe('Weine & Öl.csv');
    expect(raw.file.name).toBeNull();
    expect({ ...form.file, name: null }).toEqual(raw.file);
    expect(form.counts).toEqual(raw.counts);
    expect(form.violations).toEqual(raw.violations);
    expect(rejects).toEqual(await rejectsOf(app, raw.id));
  });

  it('with a header only completes with no records', async () => {
    for (const content of [`${HEADER}\n`, HEADER, `\ufeff${HEADER}\r\n\r\n`]) {
      const done = await importOf(app, content);
      expect(done).toMatchObject({ state: 'completed', progress: { percent: 100 } });
      expect(done.counts).toEqual({ read: 0, valid: 0, invalid: 0, duplicate: 0, malformed: 0 });
    }
  });

  it('has its columns in any order, in any case, with others between', async () => {
    const done = await importOf(
      app,
      'Birthday;note;ZIPCODE;state; email ;Name;Id\n1963-02-27;x;05001;ia;a@b.com;Ann;1300001\n',
    );
    expect(done.file.delimiter).toBe(';');
    expect(await ordersOf(done)).toEqual([
      {
        id: 1_300_001,
        originalId: null,
        name: 'Ann',
        email: 'a@b.com',
        state: 'IA',
        zipcode: '05001',
        birthday: '1963-02-27',
        valid: true,
        violations: [],
        importId: done.id,
        record: 1,
        line: 2,
      },
    ]);
  });

  it('may end without a line end, and have blank lines', async () => {
    const done = await importOf(app, `${HEADER}\n\n${record(1_300_011)}\r\n\r\n\n${record(1_300_012)}`);
    const places = (await ordersOf(done)).map(({ record: number, line }) => ({ number, line }));
    expect(places).toEqual([
      { number: 1, line: 3 },
      { number: 2, line: 6 },
    ]);
  });

  it('is read with the delimiter that the client names', async () => {
    // Both delimiters would give the six columns.
    const done = await importOf(
      app,
      'id,x|name,x|email,x|state,x|zipcode,x|birthday,id|x,name,email,state,zipcode,birthday\n',
      '?delimiter=,',
    ).catch((error: Error) => error.message);
    expect(done).not.toContain('"status":5');
  });
});

/** A malformed record in the list of rejects. */
const malformed = (number: number, line: number, code: string, params: object) => ({
  record: number,
  line,
  outcome: 'malformed',
  byteOffset: expect.any(Number) as number,
  orderId: null,
  winner: null,
  reasons: [{ code, params, message: expect.not.stringMatching(/[{}]|malformations/) as string }],
});
const notAnInteger = (number: number, value: string) =>
  malformed(number, number + 1, 'id.not-an-integer', { column: 1, field: 'id', value });

describe('records that are not valid', () => {
  it('are listed with record, line, code, parameters and a message', async () => {
    const content = [
      HEADER,
      record(1_400_001),
      '1400002|too|few',
      `${record(1_400_003)}|extra`,
      record('x7'),
      record(0),
      record('9007199254740992'),
      record(-4),
      record(1_400_008, { birthday: 'Feb 30, 1990' }),
      record(1_400_009, { name: '"two\nlines"', birthday: '' }),
      record(1_400_010, { state: 'PA', birthday: '2015-01-31' }),
      record(1_400_001, { state: 'OR' }),
      record(1_400_012, { name: '"a"b' }),
      record(1_400_013, { name: 'x'.repeat(65_537) }),
      record(1_400_014, { zipcode: '1'.repeat(256) }),
      record(1_400_015),
      '"never closed',
    ].join('\n');
    const done = await importOf(app, content);
    const rejects = await rejectsOf(app, done.id);
    expect(rejects).toEqual([
      malformed(2, 3, 'columns.wrong-number', { found: 3, expected: 6 }),
      malformed(3, 4, 'columns.wrong-number', { found: 7, expected: 6 }),
      notAnInteger(4, 'x7'),
      notAnInteger(5, '0'),
      notAnInteger(6, '9007199254740992'),
      notAnInteger(7, '-4'),
      malformed(8, 9, 'birthday.not-a-date', { column: 6, field: 'birthday', value: 'Feb 30, 1990' }),
      malformed(9, 10, 'birthday.not-a-date', { column: 6, field: 'birthday', value: '' }),
      {
        record: 10,
        line: 12,
        outcome: 'invalid',
        byteOffset: null,
        orderId: 1_400_010,
        winner: null,
        reasons: [
          {
            code: 'allowed_state',
            message: 'No wine ships to these states: NJ, CT, PA, MA, IL, ID, OR.',
            params: { states: ['NJ', 'CT', 'PA', 'MA', 'IL', 'ID', 'OR'] },
          },
          {
            code: 'allowed_age',
            message: 'The customer is under 21 years old.',
            params: { years: 21, timeZone: 'America/New_York' },
          },
        ],
      },
      {
        record: 11,
        line: 13,
        outcome: 'duplicate',
        byteOffset: expect.any(Number) as number,
        orderId: 1_400_001,
        winner: { importId: done.id, record: 1, line: 2 },
        reasons: [
          {
            code: 'imports.duplicate-id',
            message: 'The order id 1400001 is already taken.',
            params: { id: 1_400_001 },
          },
        ],
      },
      malformed(12, 14, 'quote.misplaced', { line: 14, column: 2, field: 'name' }),
      malformed(13, 15, 'field.too-long', { column: 2, field: 'name', limit: 65_536 }),
      malformed(14, 16, 'field.too-long', { column: 5, field: 'zipcode', limit: 255 }),
      malformed(16, 18, 'quote.unclosed', { line: 18, column: 1, field: 'id' }),
    ]);
    const withPlace = rejects.filter(({ byteOffset }) => byteOffset !== null);
    expect(withPlace.map(({ byteOffset }) => content.slice(0, byteOffset!).split('\n').length)).toEqual(
      withPlace.map(({ line }) => line),
    );
    expect(done.counts).toEqual({ read: 16, valid: 2, invalid: 1, duplicate: 1, malformed: 12 });
    expect(done.malformations).toEqual({
      'columns.wrong-number': 2,
      'id.not-an-integer': 4,
      'birthday.not-a-date': 2,
      'quote.unclosed': 1,
      'quote.misplaced': 1,
      'field.too-long': 2,
    });
    expect(done.violations).toEqual({ allowed_state: 1, allowed_age: 1 });
  });

  it('are listed in the language of the request', async () => {
    const { id } = await importOf(app, fileOf('a|b', record(1_400_101, { state: 'PA' }), record(1_400_101)));
    const messages = async (lang: string) =>
      (await rejectsOf(app, id, `&lang=${lang}`)).flatMap(({ reasons }) => reasons.map(({ message }) => message));
    const [english, portuguese, spanish] = await Promise.all(['en', 'pt-BR', 'es'].map(messages));
    expect(english).toHaveLength(3);
    for (const [at, text] of english!.entries()) expect(new Set([text, portuguese![at], spanish![at]]).size).toBe(3);
  });

  it('are complete and in file order when they are paged to the end, by Link and by cursor, with any filter', async () => {
    const file = await generated({ rows: 3_000, seed: 41, firstId: 1_500_001, duplicates: 0.1, malformed: 0.05 });
    const { id, counts, violations } = await importOf(app, file.content);
    const all = await rejectsOf(app, id);
    expect(all).toHaveLength(counts.invalid + counts.duplicate + counts.malformed);
    const numbers = all.map((reject) => reject.record);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));

    expect(await allOf<Reject>(app, `/imports/${id}/rejects?limit=97`)).toEqual(all);
    const byCursor: Reject[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = `?limit=211${cursor && `&cursor=${cursor}`}`;
      const page: Page<Reject> = await json(get(app, `/imports/${id}/rejects${query}`));
      byCursor.push(...page.items);
      cursor = page.next;
    }
    expect(byCursor).toEqual(all);

    for (const outcome of ['invalid', 'duplicate', 'malformed'] as const) {
      const filtered = await allOf<Reject>(app, `/imports/${id}/rejects?limit=50&outcome=${outcome}`);
      expect(filtered).toEqual(all.filter((reject) => reject.outcome === outcome));
      expect(filtered).toHaveLength(counts[outcome]);
    }
    for (const rule of Object.keys(violations)) {
      const filtered = await allOf<Reject>(app, `/imports/${id}/rejects?limit=50&rule=${rule}`);
      expect(filtered).toHaveLength(violations[rule]!);
      expect(filtered.every(({ reasons }) => reasons.some(({ code }) => code === rule))).toBe(true);
    }
    expect(await allOf(app, `/imports/${id}/rejects?outcome=duplicate&rule=zipcode_sum`)).toEqual([]);
  });

  it('may be all that a file has', async () => {
    const done = await importOf(app, fileOf(...Array.from({ length: 999 }, (_, index) => `line ${index}`)));
    expect(done.counts).toEqual({ read: 999, valid: 0, invalid: 0, duplicate: 0, malformed: 999 });
    expect((await rejectsOf(app, done.id)).map(({ line }) => line)).toEqual(
      Array.from({ length: 999 }, (_, index) => index + 2),
    );
  });
});

describe('content that is hard to take', () => {
  it('in a record of 3 MiB makes that record malformed and leaves its neighbours alone', async () => {
    const long = record(1_600_002, { name: 'x'.repeat(3 * 1024 * 1024) });
    const done = await importOf(app, fileOf(record(1_600_001), long, record(1_600_003)));
    expect(done.counts).toMatchObject({ read: 3, valid: 2, malformed: 1 });
    const [reject] = await rejectsOf(app, done.id);
    expect(reject).toMatchObject({ record: 2, line: 3, reasons: [{ code: 'record.too-long' }] });
  });

  it('without a single line end in 3 MiB has no header, and nothing of it is kept', async () => {
    const answer = await upload(app, 'x'.repeat(3 * 1024 * 1024));
    expect(answer.status).toBe(422);
    expect(await json(answer)).toMatchObject({ code: 'imports.header-unreadable' });
  });

  it('is malformed where it has a NUL or bytes that are no UTF-8', async () => {
    const bytes = Buffer.from(
      fileOf(
        record(1_600_011, { name: 'a\0b' }),
        record(1_600_012, { name: '"a\0b"' }),
        record(1_600_013, { name: '~~' }),
        record(1_600_014, { email: '^^' }),
        record(1_600_015),
      ),
    );
    bytes.write('\xc3\x28', bytes.indexOf('~~'), 'latin1');
    // Half of a surrogate pair, which is no character.
    bytes.write('\xed\xa0', bytes.indexOf('^^'), 'latin1');
    const done = await importOf(app, bytes);
    expect(done.malformations).toEqual({ 'text.nul': 2, 'text.not-utf8': 2 });
    expect((await ordersOf(done)).map(({ id }) => id)).toEqual([1_600_015]);
  });

  it('is stored as it came where it is text, whatever it would be elsewhere', async () => {
    const names = [
      String.raw`\.`,
      String.raw`\N`,
      '__proto__',
      'constructor',
      '=HYPERLINK("http://example.com")',
      '@SUM(A1)',
      '-2+3',
      "Robert'); DROP TABLE orders;--",
      '{name} ${name} %s $1',
      '🍷 Ω ﷽ é \u202etxt',
      ' spaces ',
      '<script>alert(1)</script>',
      '',
    ];
    const content = [
      '__proto__|constructor|id|name|email|state|zipcode|birthday',
      ...names.map((name, index) => {
        const quoted = name.includes('"') ? `"${name.replaceAll('"', '""')}"` : name;
        return `a|b|${record(1_600_101 + index, { name: quoted })}`;
      }),
      String.raw`\.`,
      `a|b|${record(1_600_200)}`,
    ].join('\n');
    const done = await importOf(app, content);
    expect(done.counts).toMatchObject({ read: names.length + 2, valid: names.length + 1, malformed: 1 });
    const stored = await ordersOf(done);
    expect(stored.slice(0, -1).map(({ name }) => name)).toEqual(names);
    expect(stored.at(-1)!.id).toBe(1_600_200);
  });

  it('counts states beyond ASCII and names of object members like any other text', async () => {
    const done = await importOf(
      app,
      fileOf(
        record(1_600_301, { state: '__proto__' }),
        record(1_600_302, { state: 'é' }),
        record('__proto__'),
        record(1_600_304, { birthday: 'constructor' }),
      ),
    );
    expect((await ordersOf(done)).map(({ state }) => state)).toEqual(['__PROTO__', 'É']);
    expect(done.malformations).toEqual({ 'id.not-an-integer': 1, 'birthday.not-a-date': 1 });
  });
});

/** Imports two files of these ids, each on a worker of its own, which both begin to store at the same time. */
async function both(...files: [first: readonly number[], second: readonly number[]]): Promise<Import[]> {
  const ids = await whileOrdersAreLocked(app, async () => {
    const started = files.map(async (each) => {
      const content = fileOf(...each.map((id) => record(id, { state: id % 5 === 0 ? 'PA' : 'IA' })));
      return (await accepted(upload(app, content))).id;
    });
    const importIds = await Promise.all(started);
    await eventually('two workers have taken them up', () => {
      const runs = linesAbout(app.log(), { message: 'segment taken up' }).filter((run) =>
        importIds.includes(String(run['labels.import_id'])),
      );
      return new Set(runs.map((line) => line['process.pid'])).size === 2;
    });
    return importIds;
  });
  return Promise.all(ids.map((id) => ended(app, id)));
}

async function expectEachOnce(done: readonly Import[], wanted: readonly number[]): Promise<void> {
  const stored = await Promise.all(done.map(ordersOf));
  expect(
    stored
      .flat()
      .map(({ id }) => id)
      .toSorted((a, b) => a - b),
  ).toEqual(wanted);
  for (const [at, { counts, violations }] of done.entries()) {
    const invalid = stored[at]!.filter(({ valid }) => !valid).length;
    expect(counts).toMatchObject({ read: wanted.length, invalid, valid: stored[at]!.length - invalid, malformed: 0 });
    expect(counts.duplicate).toBe(wanted.length - stored[at]!.length);
    expect(violations).toEqual(invalid === 0 ? {} : { allowed_state: invalid });
  }
}

describe('two imports at once', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => 2_000_001 + index);
  it('with the same ids in the same order store each id once', async () => {
    const done = await both(ids, ids);
    expect(done.map(({ state }) => state)).toEqual(['completed', 'completed']);
    await expectEachOnce(done, ids);
  });

  it('with the same ids in opposite order store each id once, without waiting for each other in a ring', async () => {
    const others = ids.map((id) => id + 100_000);
    const done = await both(others, others.toReversed());
    expect(done.map(({ state }) => state)).toEqual(['completed', 'completed']);
    await expectEachOnce(done, others);
    expect(linesAbout(app.log(), { 'log.logger': 'ImportWorker' })).toEqual([]);
  });
});
