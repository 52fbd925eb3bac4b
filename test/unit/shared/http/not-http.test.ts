import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerNotHttp } from '../../../../src/shared/http/not-http.js';
import { eventually } from '../../../support/eventually.js';

const GARBAGE = 'hello\r\n\r\n';
const MANY = 200;

let server: Server;
let port: number;
/** The end of each request. */
const ends: Promise<unknown>[] = [];
beforeEach(async () => {
  ends.length = 0;
  server = createServer((request, answer) => {
    request.resume().on('error', () => undefined);
    ends.push(new Promise((done) => request.once('close', done)));
    setTimeout(() => answer.end('late'), 50);
  });
  server.on('clientError', answerNotHttp);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A connection that ends when the test does so, and that nobody reads yet. */
async function connected(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}
/** All that comes until the server ends its side or the connection breaks. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (piece: Buffer) => (text += piece.toString()));
  await new Promise((done) => socket.once('end', done).once('close', done));
  return text;
}
const open = (): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
const answersIn = (text: string): number => text.split('HTTP/1.1 400 Bad Request').length - 1;

describe('bytes that are no request', () => {
  it('are answered once, and legibly for who goes on sending', async () => {
    const socket = await connected();
    socket.write(GARBAGE);
    for (let count = 0; count < 20; count += 1) {
      socket.write(Buffer.alloc(64 * 1024, GARBAGE));
      await sleep(5);
    }
    expect(answersIn(await textOf(socket))).toBe(1);
    socket.destroy();
  });

  it('leave no connection behind whose other side ends too', async () => {
    const socket = await connected();
    socket.write(GARBAGE);
    await textOf(socket);
    expect(await open()).toBe(1);
    socket.end();
    await eventually('it is gone', async () => (await open()) === 0, 1_000);
  });

  it('leave no connection behind after a while, however many go on sending', async () => {
    const sockets = await Promise.all(Array.from({ length: MANY }, connected));
    const sending = setInterval(() => sockets.forEach((socket) => socket.write(GARBAGE)), 100);
    const texts = await Promise.all(sockets.map(textOf));
    expect(texts.map(answersIn)).toEqual(sockets.map(() => 1));
    await eventually('they are gone', async () => (await open()) === 0, 4_000);
    clearInterval(sending);
    sockets.forEach((socket) => socket.destroy());
  });

  it('end the request in whose body they are', async () => {
    const socket = await connected();
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await eventually('it is there', () => ends.length === 1);
    socket.write('no length\r\n');
    const text = await textOf(socket);
    expect([answersIn(text), text.includes('late')]).toEqual([1, false]);
    await ends[0];
    socket.destroy();
  });

  it.each([
    ['pt-BR, en;q=0.5', 'pt-BR', 'Isto não é uma requisição.'],
    ['es', 'es', 'Esto no es una petición.'],
    ['fr', 'en', 'This is not a request.'],
    ['', 'en', 'This is not a request.'],
    ['de, *;q=0', 'en', 'This is not a request.'],
  ])('are answered in the language that they ask for: %s', async (accepts, language, title) => {
    const socket = await connected();
    socket.write(`GET /é HTTP/1.1\r\nhost: a\r\naccept-language: ${accepts}\r\n\r\n`, 'latin1');
    const text = await textOf(socket);
    expect(text).toContain(`\r\nContent-Language: ${language}\r\n`);
    expect(text).toContain(`"title":"${title}"`);
    socket.destroy();
  });
});
