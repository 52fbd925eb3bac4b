import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { headerOf, readAnswer, type RawAnswer } from '../../src/cli/bench/raw-answer.js';
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
  const answer = await readAnswer(socket);
  judgeUpload(answer);
  return { status: answer.status, type: headerOf(answer.head, 'content-type'), body: answer.body };
}

/** Compares an answer to an upload with the document of the API, where all of it came. */
export function judgeUpload({ status, head, body, isWhole }: RawAnswer): void {
  // Of a body in chunks the length of a chunk is no part.
  const header = (name: string): string | null => headerOf(head, name) || null;
  if (isWhole) judge({ method: 'POST', path: '/acme_orders/api/v1/imports', status, header, body });
}
