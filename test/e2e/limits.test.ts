import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { accepted, get, json, sql, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, HEADER, record } from '../support/order-files.js';
import { answerOn, postHead, rawConnection } from '../support/raw-http.js';
import { basic, userFiles, type UserFiles } from '../support/users.js';

let files: UserFiles;
let app: App;
const sockets: Socket[] = [];
beforeAll(async () => {
  files = await userFiles();
  app = await startApp({
    workers: 0,
    env: {
      ...files.env,
      LIMIT_UPLOADS_PER_USER: '2',
      LIMIT_UPLOADS: '3',
      LIMIT_UPLOAD_BYTES_PER_SECOND: '100',
      LIMIT_UPLOAD_WINDOW_MS: '1000',
      LIMIT_QUEUED_IMPORTS_PER_USER: '2',
      LIMIT_HEADERS_MS: '600',
      LIMIT_IDLE_MS: '700',
      DATABASE_STATEMENT_TIMEOUT_MS: '500',
    },
  });
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));
afterAll(async () => {
  await app?.stop();
  rmSync(files.folder, { recursive: true, force: true });
});

const open = async (): Promise<Socket> => {
  const socket = await rawConnection(app);
  sockets.push(socket);
  return socket;
};
/** Begins an upload and leaves it there. */
async function beginUpload(user: string, headers: Record<string, string> = {}): Promise<Socket> {
  const socket = await open();
  const { authorization } = basic(user);
  socket.write(postHead(app, { 'Content-Length': '1000000', Authorization: authorization, ...headers }));
  socket.write(`${HEADER}\n`);
  return socket;
}
const uploadsUnderWay = async (): Promise<number> => {
  const text = await (await fetch(`${app.url}/metrics`, { headers: basic('anna') })).text();
  return Number(/^orders_import_uploads_in_progress\S* (\d+)$/m.exec(text)?.[1]);
};
const areUnderWay = (count: number): Promise<true> =>
  eventually(`${count} uploads are under way`, async () => (await uploadsUnderWay()) === count);
const problemOf = async (answer: Promise<Response> | Response): Promise<Problem & { retryAfter: string | null }> => ({
  ...(await json<Problem>(answer)),
  retryAfter: (await answer).headers.get('retry-after'),
});
/** An upload of which nothing but its head is ever sent. */
async function headOf(user: string, headers: Record<string, string> = {}): Promise<Problem> {
  const socket = await open();
  const { authorization } = basic(user);
  socket.write(postHead(app, { 'Content-Length': '1000000', Authorization: authorization, ...headers }));
  return JSON.parse((await answerOn(socket)).body) as Problem;
}
const nothingIsStored = (): Promise<true> =>
  eventually('nothing is stored', async () => (await readdir(join(app.dataDir, 'uploads'))).length === 0);

describe('uploads at once', () => {
  it('are limited for each user, before a byte of the next one is read', async () => {
    // Slow enough to be there, and cut off for it in the end.
    await beginUpload('ivo');
    await beginUpload('ivo');
    await areUnderWay(2);
    const refused = await headOf('ivo', { 'Accept-Language': 'es' });
    expect(refused).toMatchObject({
      status: 429,
      code: 'limits.too-many-uploads',
      title: 'Tiene demasiados envíos en curso.',
    });
    await beginUpload('anna');
    await areUnderWay(3);
    expect(await headOf('anna')).toMatchObject({ status: 503, code: 'limits.uploads-full' });
  });

  it('may be others when these have ended, however they did', async () => {
    await areUnderWay(0);
    await beginUpload('ivo');
    await beginUpload('ivo');
    await areUnderWay(2);
    sockets.splice(0).forEach((socket) => socket.destroy());
    await areUnderWay(0);
    await nothingIsStored();
    for (let round = 0; round < 3; round++) {
      const answer = await upload(app, 'no orders', '', basic('ivo'));
      expect(answer.status).toBe(422);
    }
  });
});

describe('an upload that drips', () => {
  const dripping = async (
    headers: Record<string, string>,
    begin: string,
  ): Promise<{ status: number; body: string }> => {
    const socket = await open();
    socket.write(
      postHead(app, { ...headers, 'Transfer-Encoding': 'chunked', Authorization: basic('ivo').authorization }),
    );
    const drip = (text: string): boolean => socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
    drip(begin);
    const timer = setInterval(() => drip('x'), 100);
    const answer = await answerOn(socket);
    clearInterval(timer);
    return answer;
  };

  it('is cut off, and nothing of it stays', async () => {
    const { status, body } = await dripping({}, `${HEADER}\n`);
    expect(status).toBe(408);
    expect(JSON.parse(body)).toMatchObject({ code: 'imports.upload-too-slow', status: 408 });
    await nothingIsStored();
  });

  it('is cut off as a form, before its file and within', async () => {
    const type = { 'Content-Type': 'multipart/form-data; boundary=b' };
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n';
    for (const begin of ['--b\r\nContent-Disp', `${part}${HEADER}\n`]) {
      expect(await dripping(type, begin)).toMatchObject({ status: 408 });
    }
    await nothingIsStored();
  });
});

describe('headers and addresses', () => {
  const rawAnswer = async (text: string): Promise<{ status: number; type: string; problem: Problem }> => {
    const socket = await open();
    socket.write(text);
    const { status, type, body } = await answerOn(socket);
    return { status, type, problem: JSON.parse(body) as Problem };
  };
  const head = 'GET /acme_orders/api/v1/orders HTTP/1.1\r\nHost: a\r\nAccept-Language: pt-BR\r\n';

  it('that never end are cut off', async () => {
    const socket = await open();
    socket.write(head);
    const timer = setInterval(() => socket.write('x'), 100);
    const { status, body } = await answerOn(socket);
    clearInterval(timer);
    expect(status).toBe(408);
    expect(JSON.parse(body)).toMatchObject({ code: 'request.head-too-slow' });
  });

  it('that are too long are told so', async () => {
    const { type, problem } = await rawAnswer(`${head}X-Long: ${'x'.repeat(17_000)}\r\n\r\n`);
    expect(type).toBe('application/problem+json');
    expect(problem).toMatchObject({ status: 431, code: 'request.head-too-large' });
    const long = await get(app, `/orders?state=${'x'.repeat(8_200)}`, basic('vera'));
    expect(await json<Problem>(long)).toMatchObject({ status: 414, code: 'request.address-too-long' });
  });

  it.each([
    '\0\x01\x02\xff\r\n\r\n',
    '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
    'GET / HTTP/9.9\r\n\r\n',
    'hello\r\n\r\n',
  ])('that are none, such as %j, are told so, and harm nobody', async (garbage) => {
    expect(await rawAnswer(garbage)).toMatchObject({ status: 400, problem: { code: 'request.not-http' } });
    expect((await get(app, '/orders', basic('vera'))).status).toBe(200);
  });

  it('leave no connection open that asks for nothing', async () => {
    const socket = await open();
    const closed = new Promise((done) => socket.once('end', done).once('close', done));
    socket.write(`GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n`);
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString()));
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a body where none belongs', () => {
  const cancel = (body: BodyInit, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${app.api}/imports/019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11/cancel`, {
      method: 'POST',
      body,
      headers: { ...basic('ivo'), 'content-type': 'application/json', ...headers },
      duplex: 'half',
    } as RequestInit);

  it('is refused where it is long, or its length is not told', async () => {
    expect(await json<Problem>(cancel('x'.repeat(1_025)))).toMatchObject({
      status: 413,
      code: 'request.body-too-large',
    });
    expect((await cancel(new Blob(['{}']).stream())).status).toBe(413);
  });

  it('is passed over where it is short', async () => {
    expect((await cancel('{}')).status).toBe(404);
  });
});

describe('imports that are not over', () => {
  it('are limited for each user', async () => {
    const file = fileOf(record(1));
    await accepted(upload(app, file, '', basic('ivo')));
    await accepted(upload(app, file, '', { ...basic('ivo'), 'idempotency-key': 'second' }));
    expect(await headOf('ivo', { 'Accept-Language': 'pt-BR' })).toMatchObject({
      status: 429,
      code: 'imports.too-many-queued',
      detail: expect.stringContaining('2 importações') as string,
    });
    const { id } = await accepted(upload(app, file, '', basic('anna')));
    // What was accepted is found again.
    const again = await upload(app, file, '', { ...basic('ivo'), 'idempotency-key': 'second' });
    expect(again.status).toBe(202);
    const users = await sql(app, 'SELECT user_name AS name FROM imports ORDER BY id');
    expect(users).toEqual([{ name: 'ivo' }, { name: 'ivo' }, { name: 'anna' }]);
    await fetch(`${app.api}/imports/${id}/cancel`, { method: 'POST', headers: basic('anna') });
    expect((await upload(app, file, '', basic('anna'))).status).toBe(202);
  });
});

describe('a query that takes too long', () => {
  it('is ended, and the client told to come back', async () => {
    const holder = sql(app, 'BEGIN; LOCK TABLE orders; SELECT pg_sleep(1.5); COMMIT');
    const problem = await eventually('a query waits', async () => {
      const found = await problemOf(get(app, '/orders', { ...basic('vera'), 'accept-language': 'es' }));
      return found.code !== undefined && found;
    });
    expect(problem).toMatchObject({ status: 503, code: 'request.query-too-slow', retryAfter: '5' });
    await holder;
    expect((await get(app, '/orders', basic('vera'))).status).toBe(200);
  });

  it('is not an export, which takes its time', async () => {
    const holder = sql(app, 'BEGIN; LOCK TABLE orders; SELECT pg_sleep(1.5); COMMIT');
    await eventually('the table is locked', async () => {
      const [row] = await sql(
        app,
        `SELECT count(*)::int AS n FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted`,
      );
      return Number(row!.n) > 0;
    });
    expect((await get(app, '/orders/export', { ...basic('vera'), accept: 'text/csv' })).status).toBe(200);
    await holder;
  });
});
