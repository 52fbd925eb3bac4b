import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { App } from './app.js';
import { judge } from './openapi/watch-answers.js';

/** A connection to a service on which a test writes what no HTTP client would. */
export async function rawConnection(app: App): Promise<Socket> {
  const { hostname, port } = new URL(app.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}

/** The head of a POST of a raw file. */
export const postHead = (app: App, headers: Record<string, string>): string =>
  [
    'POST /acme_orders/api/v1/imports HTTP/1.1',
    `Host: ${new URL(app.url).host}`,
    ...Object.entries({ 'Content-Type': 'text/csv', ...headers }).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n');

/** What a service answers on a connection to an upload: all of it by its length, or what came until the connection ended. */
export async function answerOn(socket: Socket): Promise<{ status: number; type: string; body: string }> {
  let text = '';
  // A reset after the answer takes nothing from it.
  socket.on('error', () => undefined);
  await new Promise<void>((done) => {
    socket.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (isWhole(text)) done();
    });
    socket.once('end', done);
    socket.once('close', () => done());
  });
  socket.destroy();
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  // Of a body in chunks the length of a chunk is no part.
  const header = (name: string): string | null => headerOf(head, name) || null;
  if (isWhole(text)) judge({ method: 'POST', path: '/acme_orders/api/v1/imports', status, header, body });
  return { status, type: headerOf(head, 'content-type'), body };
}

const headerOf = (head: string, name: string): string => new RegExp(`^${name}: ([^;\r]*)`, 'im').exec(head)?.[1] ?? '';

function isWhole(text: string): boolean {
  const [head, body] = text.split('\r\n\r\n');
  return body !== undefined && Buffer.byteLength(body) >= Number(headerOf(head!, 'content-length') || Infinity);
}
