import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uploadFile } from '../../src/cli/chaos/upload-file.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { get, getProblem, json, sql, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, fileStoredEarly, HEADER, record } from '../support/order-files.js';
import { answerOn, postHead, rawConnection } from '../support/raw-http.js';

const LIMIT = 200_000;
const LANGUAGES = ['en', 'pt-BR', 'es'];
const COLUMNS = HEADER.split('|');
const UNKNOWN_ID = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';

let app: App;
beforeAll(async () => {
  app = await startApp({ workers: 0, env: { IMPORT_MAX_FILE_BYTES: String(LIMIT) } });
});
afterAll(() => app?.stop());

/** Waits until nothing of a refused request is there any more: no file, no import. */
const nothingIsLeft = (): Promise<true> =>
  eventually('nothing is left behind', async () => {
    const files = await readdir(join(app.dataDir, 'uploads'));
    const [{ count }] = (await sql(app, 'SELECT count(*)::int FROM imports')) as [{ count: number }];
    return files.length === 0 && count === 0;
  });
afterEach(nothingIsLeft);

/** What a request must be answered with. */
interface Expected {
  readonly status: number;
  readonly code: string;
  /** Fields that the problem names, in order. */
  readonly fields?: readonly string[];
}
type Send = (headers: Record<string, string>) => Promise<Response>;

/** Sends a request in each language; the answers must be the same problem, each in its own words. */
async function problemOf(send: Send): Promise<Required<Expected> & { detail: string }> {
  const problems: Problem[] = [];
  for (const lang of LANGUAGES) {
    const answer = await send({ 'accept-language': lang });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = await json<Problem>(answer);
    expect(problem).toMatchObject({ status: answer.status, type: `urn:acme-orders:problem:${problem.code}` });
    expect(answer.headers.get('content-language')).toBe(lang);
    expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
    expect(problem.instance).toBe(new URL(answer.url).pathname);
    const texts = [problem.title, problem.detail, ...(problem.errors ?? []).map(({ message }) => message)];
    // A text that is missing in a catalog shows as its key, one with a wrong parameter with its braces.
    for (const text of texts) expect(text).not.toMatch(/^(imports|request|orders)\.|[{}]|undefined/);
    problems.push(problem);
  }
  expect(new Set(problems.map(({ title }) => title)).size).toBe(LANGUAGES.length);
  const same = problems.map(({ status, code, errors = [] }) => ({
    status,
    code,
    fields: errors.map(({ field }) => field),
  }));
  expect(same).toEqual(LANGUAGES.map(() => same[0]));
  return { ...same[0]!, detail: problems[0]!.detail };
}

const form = (...parts: [field: string, content: string | Blob, name?: string][]): FormData => {
  const data = new FormData();
  for (const [field, content, name] of parts) {
    if (typeof content === 'string') data.append(field, content);
    else data.append(field, content, name);
  }
  return data;
};
const file = (content: string | Buffer<ArrayBuffer> = fileOf(record(1))) => new Blob([content], { type: 'text/csv' });
const sendForm =
  (make: () => FormData, path = '/imports') =>
  (headers: Record<string, string>) =>
    fetch(`${app.api}${path}`, { method: 'POST', headers, body: make() });
const sendRaw =
  (content: BodyInit, type = 'text/csv') =>
  (headers: Record<string, string>) =>
    upload(app, content, '', { ...headers, 'content-type': type });

const sendEncoded =
  (encoding: string, content: BodyInit): Send =>
  (headers) =>
    upload(app, content, '', { ...headers, 'content-encoding': encoding });

/** A file of so many bytes, without a line end behind its first record. */
const large = (bytes: number): string => fileOf(record(1)).padEnd(bytes, 'x');
/** A file whose header has all columns under the pipe and under the comma, and whose records do not tell. */
const AMBIGUOUS = `x|${HEADER}|y,${HEADER.replaceAll('|', ',')},z\nnothing\n`;
const UTF_16 = Buffer.from(`\ufeff${fileOf(record(1))}`, 'utf16le');

const multipart = (body: string): Send => sendRaw(body, 'multipart/form-data; boundary=cut');
const part = (content: string): string =>
  `--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${content}`;
const headerWithout = (column: string): string => `${COLUMNS.filter((name) => name !== column).join('|')}\n`;

describe('an upload is refused', () => {
  it.each<[string, Send, Expected]>([
    ['without any part', sendForm(() => form()), { status: 422, code: 'imports.file-part-missing' }],
    [
      'with a text where the file should be',
      sendForm(() => form(['file', fileOf(record(1))])),
      { status: 422, code: 'imports.file-part-missing' },
    ],
    [
      'with two files',
      sendForm(() => form(['file', file(), 'a.csv'], ['file', file(), 'b.csv'])),
      { status: 422, code: 'imports.several-files' },
    ],
    [
      'with a file under each of the two names',
      sendForm(() => form(['csv_file', file(), 'a.csv'], ['file', file(), 'b.csv'])),
      { status: 422, code: 'imports.several-files' },
    ],
    [
      'with a file under another name',
      sendForm(() => form(['orders', file(), 'a.csv'])),
      { status: 400, code: 'request.invalid-parameters', fields: ['orders'] },
    ],
    [
      'with a field that is not known, behind the file',
      sendForm(() => form(['file', file(), 'a.csv'], ['onDuplicate', 'keep-first'])),
      { status: 400, code: 'request.invalid-parameters', fields: ['onDuplicate'] },
    ],
    ['with no bytes', sendRaw(''), { status: 422, code: 'imports.file-empty' }],
    [
      'with no bytes in the file of a form',
      sendForm(() => form(['file', file(''), 'a.csv'])),
      { status: 422, code: 'imports.file-empty' },
    ],
    ['with nothing but blank lines', sendRaw('\n\r\n\n'), { status: 422, code: 'imports.file-empty' }],
    ['with nothing but a byte order mark', sendRaw('\ufeff'), { status: 422, code: 'imports.file-empty' }],
    ...COLUMNS.map(
      (column) =>
        [
          `whose header lacks ${column}`,
          sendRaw(headerWithout(column)),
          { status: 422, code: 'imports.columns-missing', fields: [column] },
        ] as [string, Send, Expected],
    ),
    [
      'with records and no header',
      sendRaw(`${record(1)}\n${record(2)}\n`),
      { status: 422, code: 'imports.columns-missing', fields: COLUMNS },
    ],
    [
      'whose header names a column twice',
      sendRaw('id|name|email|state|zipcode|birthday|State\n'),
      { status: 422, code: 'imports.columns-repeated', fields: ['state'] },
    ],
    [
      'whose header has a quote that is never closed',
      sendRaw(`id|"name|email|state|zipcode|birthday\n${record(1)}\n`),
      { status: 422, code: 'imports.header-unreadable' },
    ],
    [
      'whose header is no UTF-8',
      sendRaw(Buffer.from(`${HEADER}|\xe9t\xe9\n`, 'latin1')),
      { status: 422, code: 'imports.header-unreadable' },
    ],
    [
      'whose header is longer than any header',
      sendRaw(`${HEADER}|${'x'.repeat(100_000)}\n`),
      { status: 422, code: 'imports.header-unreadable' },
    ],
    ...(
      [
        ['a PDF', '%PDF-1.7\n%âãÏÓ\n'],
        ['a zip or an xlsx', 'PK\x03\x04\x14\0\x06\0\b\0'],
        ['an old xls', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
        ['gzip in gzip', gzipSync(gzipSync(fileOf(record(1)))).toString('latin1')],
        ['an image', '\x89PNG\r\n\x1a\n'],
        ['UTF-32', `\xff\xfe\0\0i\0\0\0`],
        ['a web page', '<!DOCTYPE html><html><body>id|name|email|state|zipcode|birthday'],
        ['binary', `id|na\0me|email\n`],
      ] as const
    ).flatMap(([what, begin]) => {
      const rest = what.startsWith('gzip') ? '' : '\x01\x02'.repeat(1_000);
      const bytes = Buffer.from(begin + rest, 'latin1');
      const expected = { status: 415, code: 'imports.file-not-text' };
      return [
        [`that is ${what}`, sendRaw(bytes), expected],
        [`that is ${what}, in a form`, sendForm(() => form(['file', file(bytes), 'orders.csv'])), expected],
      ] as [string, Send, Expected][];
    }),
    ...(
      [
        ['that is gzip and breaks off', gzipSync(fileOf(record(1))).subarray(0, -4), 422, 'gzip-broken'],
        ['that is gzip and damaged', Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff), 422, 'gzip-broken'],
        ['that is gzip and too long', gzipSync(large(LIMIT + 1)), 413, 'file-too-large'],
        ['that is gzip of a file that lacks columns', gzipSync('id|name\n'), 422, 'columns-missing'],
        ['that is gzip of a PDF', gzipSync('%PDF-1.7'), 415, 'file-not-text'],
        ['whose header fits two delimiters', Buffer.from(AMBIGUOUS), 422, 'delimiter-ambiguous'],
      ] as const
    ).flatMap(([what, bytes, status, code]) => {
      const expected = {
        status,
        code: `imports.${code}`,
        ...(code === 'columns-missing' && { fields: COLUMNS.slice(2) }),
      };
      return [
        [what, sendRaw(bytes), expected],
        [`${what}, in a form`, sendForm(() => form(['file', file(bytes), 'orders.csv'])), expected],
      ] as [string, Send, Expected][];
    }),
    ...['br', 'deflate', 'gzip, gzip', 'gzip, br', 'x-unknown'].map(
      (encoding) =>
        [
          `that is compressed by ${encoding}`,
          sendEncoded(encoding, gzipSync(fileOf(record(1)))),
          { status: 415, code: 'imports.wrong-content-encoding' },
        ] as [string, Send, Expected],
    ),
    [
      'that is a form which is compressed as a whole',
      (headers) => sendForm(() => form(['file', file(), 'a.csv']))({ ...headers, 'content-encoding': 'gzip' }),
      { status: 415, code: 'imports.wrong-content-encoding' },
    ],
    [
      'that says it is gzip and is not',
      sendEncoded('gzip', fileOf(record(1))),
      { status: 422, code: 'imports.gzip-broken' },
    ],
    ...(
      [
        ['utf-8', UTF_16],
        ['utf-16be', UTF_16],
        ['utf-16le', Buffer.from(UTF_16).swap16()],
        ['windows-1252', UTF_16],
        ['iso-8859-1', Buffer.from('\ufeffid|name')],
      ] as const
    ).map(
      ([encoding, bytes]) =>
        [
          `whose mark is not that of ${encoding}, which was asked for`,
          (headers: Record<string, string>) => upload(app, bytes, `?encoding=${encoding}`, headers),
          { status: 422, code: 'imports.encoding-contradicted' },
        ] as [string, Send, Expected],
    ),
    ...['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'text/csvx'].map(
      (type) =>
        [
          `that says it is ${type}`,
          sendRaw(fileOf(record(1)), type),
          { status: 415, code: 'imports.wrong-media-type' },
        ] as [string, Send, Expected],
    ),
    [
      'that says nothing of what it is',
      sendRaw(fileOf(record(1)), ''),
      { status: 400, code: 'request.unreadable-body' },
    ],
    [
      'that is a form without a boundary',
      sendRaw(part('x'), 'multipart/form-data'),
      { status: 400, code: 'request.unreadable-body' },
    ],
    [
      'that is a form without its end',
      multipart(part(fileOf(record(1)))),
      { status: 400, code: 'imports.upload-cut-off' },
    ],
    [
      'that is a form which breaks off behind a whole file',
      multipart(`${part(fileOf(record(1)))}\r\n--cut\r\nContent-Disp`),
      { status: 400, code: 'imports.upload-cut-off' },
    ],
  ])('%s', async (_name, send, expected) => {
    expect(await problemOf(send)).toMatchObject({ fields: [], ...expected });
  });

  it('and told which columns its header lacks, in each language', async () => {
    const problem = await problemOf(sendRaw('id|name|zipcode|birthday\n'));
    expect(problem).toMatchObject({ status: 422, code: 'imports.columns-missing', fields: ['email', 'state'] });
    expect(problem.detail).toContain('email, state');
  });

  it('at the earlier addresses as at the new ones', async () => {
    for (const method of ['PUT', 'POST']) {
      const send: Send = (headers) =>
        fetch(`${app.api}/orders/import`, { method, headers, body: form(['csv_file', file(''), 'orders.csv']) });
      expect(await problemOf(send)).toMatchObject({ status: 422, code: 'imports.file-empty' });
    }
  });
});

describe('a file over the limit is refused', () => {
  const tooLarge = { status: 413, code: 'imports.file-too-large' };

  it('while it is sent as a raw body, however large it is', async () => {
    expect(await problemOf(sendRaw(large(LIMIT + 1)))).toMatchObject(tooLarge);
    expect(await problemOf(sendRaw(large(20 * LIMIT)))).toMatchObject(tooLarge);
  });

  it('in a form', async () => {
    for (const bytes of [LIMIT + 1, 20 * LIMIT]) {
      const send = sendForm(() => form(['file', file(large(bytes)), 'a.csv']));
      expect(await problemOf(send)).toMatchObject(tooLarge);
    }
  });

  it('when its size is not declared, before all of it has come', async () => {
    let sent = 0;
    const send: Send = (headers) => {
      sent = 0;
      function* endless(): Generator<Buffer> {
        yield Buffer.from(fileOf(record(1)));
        for (; sent < 500 * LIMIT; sent += 50_000) yield Buffer.alloc(50_000, 'x');
      }
      return fetch(`${app.api}/imports`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'text/csv' },
        body: Readable.toWeb(Readable.from(endless())) as ReadableStream,
        duplex: 'half',
      } as RequestInit);
    };
    expect(await problemOf(send)).toMatchObject(tooLarge);
    expect(sent).toBeLessThan(500 * LIMIT);
  });

  it('when it declares too much, before a byte of it has come', async () => {
    const socket = await rawConnection(app);
    socket.write(postHead(app, { 'Content-Length': String(50 * LIMIT), Connection: 'close' }));
    const answer = await answerOn(socket);
    expect(answer).toMatchObject({ status: 413, type: 'application/problem+json' });
  });

  it('and the client reads why, also one that closes after each request and is still sending', async () => {
    const uploads = Array.from({ length: 20 }, () => uploadFile(app.url, Buffer.from(large(20 * LIMIT)), 0));
    const statuses = (await Promise.all(uploads)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([413]));
  });

  it('where it is gzip that hardly has bytes of its own, which is called a bomb', async () => {
    const roomy = await startApp({ workers: 0 });
    try {
      const bomb = gzipSync(large(50 * 1024 * 1024));
      const isBomb = { status: 413, code: 'imports.gzip-bomb' };
      expect(await problemOf((headers) => upload(roomy, bomb, '', headers))).toMatchObject(isBomb);
      expect(await readdir(join(roomy.dataDir, 'uploads'))).toEqual([]);
    } finally {
      await roomy.stop();
    }
  });

  it('and names the limit', async () => {
    const problem = await json<Problem>(sendRaw(large(LIMIT + 1))({}));
    expect(problem.detail).toMatch(/200,?000/);
  });
});

const isPartlyStored = (): Promise<true> =>
  eventually('a part of the file has come', async () => (await readdir(join(app.dataDir, 'uploads'))).length > 0);

describe('an upload that is cut off', () => {
  const content = fileStoredEarly();

  it.each([
    ['with a declared size', { 'Content-Length': String(content.length * 2) }, content],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }, `${content.length.toString(16)}\r\n${content}\r\n`],
    [
      'as a form',
      { 'Content-Type': 'multipart/form-data; boundary=cut', 'Content-Length': '150000' },
      `--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n${content}`,
    ],
  ])('by its connection leaves nothing: %s', async (_how, headers, body) => {
    const socket = await rawConnection(app);
    socket.on('error', () => undefined);
    socket.write(postHead(app, headers) + body);
    await isPartlyStored();
    socket.resetAndDestroy();
    expect(await nothingIsLeft()).toBe(true);
  });

  it.each([
    ['a size was declared', { 'Content-Length': String(content.length * 2) }, content],
    [
      'the last chunk is missing',
      { 'Transfer-Encoding': 'chunked' },
      `${content.length.toString(16)}\r\n${content}\r\n`,
    ],
    ['a chunk has no size', { 'Transfer-Encoding': 'chunked' }, `zz\r\n${content}\r\n0\r\n\r\n`],
  ])('by its sender in good order is answered with 400 where %s', async (_how, headers, body) => {
    const socket = await rawConnection(app);
    socket.end(postHead(app, headers) + body);
    expect(await answerOn(socket)).toMatchObject({ status: 400 });
  });

  it('as gzip is told from a gzip file that breaks off', async () => {
    const half = gzipSync(content).subarray(0, -100);
    const socket = await rawConnection(app);
    socket.write(postHead(app, { 'Content-Length': String(half.length + 100), 'Content-Encoding': 'gzip' }));
    socket.end(half);
    expect(await answerOn(socket)).toMatchObject({ status: 400 });
    const formOfHalf = Buffer.concat([Buffer.from(part('')), half]);
    expect(await problemOf(sendRaw(formOfHalf, 'multipart/form-data; boundary=cut'))).toMatchObject({
      status: 400,
      code: 'imports.upload-cut-off',
    });
  });

  it('leaves the service as it was', async () => {
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
    expect((await get(app, '/imports')).status).toBe(200);
  });
});

const invalid = (...fields: string[]): Expected => ({ status: 400, code: 'request.invalid-parameters', fields });

describe('a parameter that cannot be used is named', () => {
  it.each([
    ['/imports?foo=1', ['foo']],
    ['/imports?state=done', ['state']],
    ['/imports?limit=0', ['limit']],
    ['/imports?limit=1001', ['limit']],
    ['/imports?limit=ten', ['limit']],
    ['/imports?limit=1e2', ['limit']],
    ['/imports?limit=-1', ['limit']],
    ['/imports?limit=1.5', ['limit']],
    ['/imports?limit=', ['limit']],
    ['/imports?limit=1&limit=2', ['limit']],
    ['/imports?cursor=nonsense', ['cursor']],
    ['/imports?cursor=WzQ3XQ', ['cursor']],
    [`/imports/${UNKNOWN_ID}?foo=1`, ['foo']],
    [`/imports/${UNKNOWN_ID}/rejects?foo=1&bar=2`, ['foo', 'bar']],
    [`/imports/${UNKNOWN_ID}/rejects?outcome=valid`, ['outcome']],
    [`/imports/${UNKNOWN_ID}/rejects?rule=none`, ['rule']],
    ['/imports/7', ['id']],
    ['/imports/019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b1', ['id']],
    ['/imports/7/rejects', ['id']],
    ['/orders/import/status?foo=1', ['foo']],
    [`/orders/import/status/${UNKNOWN_ID}?foo=1`, ['foo']],
    ['/orders/import/status/7', ['id']],
    ['/orders?foo=1', ['foo']],
    ['/orders?valid=yes', ['valid']],
    ['/orders?valid=true&valid=false', ['valid']],
    ['/orders?state=', ['state']],
    ['/orders?importId=7', ['importId']],
    ['/orders?offset=-1', ['offset']],
    ['/orders?offset=10001', ['offset']],
    ['/orders?offset=1&cursor=WzQ3XQ', ['offset']],
    ['/orders?cursor=WyJhIl0', ['cursor']],
    ['/orders?valid=1&limit=0&offset=x&importId=y&foo=z', ['valid', 'importId', 'limit', 'offset', 'foo']],
    ['/orders/export?limit=1', ['limit']],
    ['/orders/export?raw=1', ['raw']],
    ['/orders/export?state[]=CA', ['state[]']],
    ['/orders/0', ['id']],
    ['/orders/-1', ['id']],
    ['/orders/1.5', ['id']],
    ['/orders/abc', ['id']],
    ['/orders/9007199254740992', ['id']],
    ['/orders/1?foo=1', ['foo']],
  ])('GET %s', async (path, fields) => {
    expect(await problemOf((headers) => get(app, path, headers))).toMatchObject(invalid(...fields));
  });

  it.each([
    ['?foo=1', ['foo']],
    ['?onDuplicate=replace', ['onDuplicate']],
    ['?delimiter=x', ['delimiter']],
    ['?delimiter=', ['delimiter']],
    ['?encoding=latin1', ['encoding']],
  ])('POST /imports%s, before the file is taken', async (query, fields) => {
    const send = (headers: Record<string, string>) => upload(app, fileOf(record(1)), query, headers);
    expect(await problemOf(send)).toMatchObject(invalid(...fields));
  });

  it('with what it must be', async () => {
    const { errors } = await getProblem(app, '/orders?limit=5000&valid=x&importId=1&foo=1');
    expect(errors).toEqual([
      { field: 'valid', code: 'request.errors.not-a-flag', message: 'must be true or false' },
      { field: 'importId', code: 'request.errors.not-a-uuid', message: 'must be a UUID' },
      { field: 'limit', code: 'request.errors.too-large', message: 'must be at most 1000' },
      { field: 'foo', code: 'request.errors.unknown', message: 'is not a parameter of this request' },
    ]);
    const spanish = await getProblem(app, '/imports?state=x&lang=es', { 'accept-language': 'en' });
    expect(spanish.errors![0]!.message).toBe('debe ser uno de: queued, running, paused, completed, failed, cancelled');
  });
});

describe('what is not there', () => {
  it.each([
    [`/imports/${UNKNOWN_ID}`, 'imports.unknown-import'],
    [`/imports/${UNKNOWN_ID}/rejects`, 'imports.unknown-import'],
    [`/orders/import/status/${UNKNOWN_ID}`, 'imports.unknown-import'],
    ['/orders/9007199254740991', 'orders.unknown-order'],
    ['/order', 'request.unknown-route'],
    ['/imports/a/b/c', 'request.unknown-route'],
    ['', 'request.unknown-route'],
    ['/../../../etc/passwd', 'request.unknown-route'],
  ])('GET %s is answered with 404', async (path, code) => {
    expect(await problemOf((headers) => get(app, path, headers))).toMatchObject({ status: 404, code });
  });

  it('outside the API is answered with 404 too', async () => {
    for (const path of ['/', '/favicon.ico', '/metrics2', '/acme_orders/api']) {
      const problem = await problemOf((headers) => fetch(`${app.url}${path}`, { headers }));
      expect(problem).toMatchObject({ status: 404, code: 'request.unknown-route' });
    }
  });

  it.each([
    ['DELETE', '/imports', 'GET, HEAD, POST'],
    ['PUT', '/imports', 'GET, HEAD, POST'],
    ['POST', `/imports/${UNKNOWN_ID}`, 'GET, HEAD'],
    ['DELETE', `/imports/${UNKNOWN_ID}/rejects`, 'GET, HEAD'],
    ['POST', '/orders', 'GET, HEAD'],
    ['PATCH', '/orders/1', 'GET, HEAD'],
    ['OPTIONS', '/orders/export', 'GET, HEAD'],
    ['DELETE', '/orders/import', 'GET, HEAD, POST, PUT'],
    ['POST', '/orders/import/status', 'GET, HEAD'],
    ['PUT', `/orders/import/status/${UNKNOWN_ID}`, 'GET, HEAD'],
  ])('as a method is answered with 405 and what is allowed: %s %s', async (method, path, allowed) => {
    let allow: string | null = null;
    const send: Send = async (headers) => {
      const answer = await fetch(`${app.api}${path}`, { method, headers });
      allow = answer.headers.get('allow');
      return answer;
    };
    expect(await problemOf(send)).toMatchObject({ status: 405, code: 'request.method-not-allowed' });
    expect(allow).toBe(allowed);
  });
});

describe('a hostile request', () => {
  const values = [
    '%00',
    '%zz',
    '%',
    '%ff%fe',
    '%ed%a0%80',
    '%0d%0aX-Injected:%201',
    "'%20OR%201=1;--",
    '__proto__',
    'constructor',
    '{}',
    'a'.repeat(10_000),
    '%F0%9F%8D%B7',
    '1e309',
    '99999999999999999999999',
    'eyJhIjoxfQ',
  ];
  const parameters = [
    '/imports?cursor=',
    '/imports?limit=',
    '/imports?state=',
    '/imports?lang=',
    '/imports?uuid=',
    '/imports?',
    `/imports/${UNKNOWN_ID}/rejects?cursor=`,
    '/imports/',
    '/orders?state=',
    '/orders?state[]=',
    '/orders?state[a]=',
    '/orders?cursor=',
    '/orders?offset=',
    '/orders?valid=',
    '/orders?importId=',
    '/orders?__proto__=',
    '/orders?constructor[prototype][x]=',
    '/orders/',
    '/orders/export?state=',
    '/orders/import/status/',
    '/',
  ];

  it.each(parameters)('never finds a fault of the service: %s…', async (parameter) => {
    const answers = await Promise.all(
      values.map(async (value) => {
        const answer = await get(app, parameter + value);
        return { value, status: answer.status, injected: answer.headers.get('x-injected') };
      }),
    );
    expect(answers.filter(({ status, injected }) => status >= 500 || injected !== null)).toEqual([]);
  });

  it('may have any header, and gets an answer', async () => {
    const headers = [
      { 'accept-language': '*' },
      { 'accept-language': 'xx-YY;q=abc,,;=;' },
      { 'accept-language': 'en'.repeat(3_000) },
      { 'accept-language': '../../en' },
      { 'x-request-id': 'a b c' },
      { accept: 'text/html;q=2, */*;q=x' },
      { 'content-length': '0' },
    ];
    for (const each of headers) expect((await get(app, '/imports', each as never)).status).toBe(200);
  });

  it('for a language that there is none of is answered in English', async () => {
    for (const lang of ['fr', '__proto__', 'en/../es', '%00', 'x'.repeat(36)]) {
      const answer = await get(app, `/orders/1?lang=${lang}`);
      expect(answer.headers.get('content-language')).toBe('en');
    }
  });

  it('of an unknown HTTP method or broken head is answered with 400', async () => {
    for (const head of [
      'BREW /acme_orders HTTP/1.1\r\nHost: a\r\n\r\n',
      'GET / HTTP/1.1\r\nno colon\r\n\r\n',
      '\0\0\r\n\r\n',
    ]) {
      const socket = await rawConnection(app);
      socket.end(head);
      const answer = await answerOn(socket);
      expect(answer).toMatchObject({ status: 400, type: 'application/problem+json' });
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'request.not-http', title: 'This is not a request.' });
    }
  });
});

it('all of this leaves no error in the log, and no line that is not JSON', () => {
  const lines = app.log().trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.filter((line) => !line.startsWith('{') || /"log.level":"(error|fatal)"/.test(line))).toEqual([]);
});
