import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { App } from './app.js';
import { HEADER } from './order-files.js';
import { answerOn, postHead } from './raw-http.js';
import { basic } from './users.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** An address of its own, for a service that trusts proxies on this machine. */
const FROM = { 'X-Forwarded-For': '203.0.113.66' };

/** What bad clients were answered, by status; 0 for a connection that was ended without an answer. */
export type Answers = Record<number, number>;

async function connection(app: App): Promise<Socket> {
  const { hostname, port } = new URL(app.url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** So many clients at once, each until its connection is over. */
async function crowd(count: number, one: () => Promise<number>): Promise<Answers> {
  const answers: Answers = {};
  for (const status of await Promise.all(Array.from({ length: count }, one))) {
    answers[status] = (answers[status] ?? 0) + 1;
  }
  return answers;
}

/** Sends a begin, and then a byte each time, until there is an answer or an end. */
async function drip(app: App, begin: string, byte: string, everyMs: number): Promise<number> {
  const socket = await connection(app);
  socket.write(begin);
  const timer = setInterval(() => socket.write(byte), everyMs);
  const { status } = await answerOn(socket);
  clearInterval(timer);
  return status;
}

const headers = (user: string): Record<string, string> => ({ ...FROM, Authorization: basic(user).authorization });

/** Clients that send their file a byte at a time. */
export const drippingUploads = (app: App, user: string, count: number, everyMs: number): Promise<Answers> =>
  crowd(count, () =>
    drip(app, `${postHead(app, { ...headers(user), 'Content-Length': String(MIB) })}${HEADER}\n`, 'x', everyMs),
  );

/** Clients that never come to the end of their headers. */
export const endlessHeaders = (app: App, count: number, everyMs: number): Promise<Answers> =>
  crowd(count, () => drip(app, 'GET /acme_orders/api/v1/orders HTTP/1.1\r\nHost: a\r\nX-Long: ', 'x', everyMs));

/** Clients that say they send ten gigabytes. */
export const hugeUploads = (app: App, user: string, count: number): Promise<Answers> =>
  crowd(count, () => drip(app, postHead(app, { ...headers(user), 'Content-Length': String(10 * GIB) }), 'x', 1_000));

/** A client that sends a file without end and does not say how long it is. */
export async function endlessUpload(app: App, user: string): Promise<number> {
  const socket = await connection(app);
  socket.write(postHead(app, { ...headers(user), 'Transfer-Encoding': 'chunked' }));
  const piece = `${HEADER}\n${'x'.repeat(64 * 1024 - HEADER.length - 2)}\n`;
  const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
  const answer = answerOn(socket);
  while (!socket.destroyed) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
  return (await answer).status;
}

/** So many wrong passwords, some at once. */
export async function wrongPasswords(app: App, user: string, count: number, atOnce = 50): Promise<Answers> {
  const answers: Answers = {};
  let left = count;
  const guess = async (): Promise<void> => {
    while ((left -= 1) >= 0) {
      const attempt = { ...FROM, ...basic(user, `wrong-${left}`) };
      const { status } = await fetch(`${app.api}/orders?limit=1`, { headers: attempt });
      answers[status] = (answers[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, guess));
  return answers;
}
