import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ORDER_COLUMNS } from '../../orders/index.js';
import { basic } from './bench-users.js';
import { readAnswer, type RawAnswer } from './raw-answer.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const API = '/acme_orders/api/v1';
const FILE_HEADER = ORDER_COLUMNS.join('|');

/** Whom bad clients ask, and as whom. */
export interface Target {
  /** Such as `http://127.0.0.1:8089`. The service must trust proxies on this machine. */
  readonly origin: string;
  /** The address that they seem to have. */
  readonly address: string;
  /** Somebody who may upload, and whose password is `NAME-pw`. */
  readonly user: string;
  /** Sees the answers to those who send slowly, or say that they send too much. */
  readonly seen?: (answer: RawAnswer) => void;
}

/** What they were answered, by status; 0 for a connection that was ended without an answer. */
export type Answers = Record<number, number>;

/** Clients that send their file a byte at a time. */
export const drippingUploads = (target: Target, count: number, everyMs: number): Promise<Answers> =>
  crowd(count, () => drip(target, `${postHead(target, `Content-Length: ${MIB}`)}${FILE_HEADER}\n`, everyMs));

/** Clients that never come to the end of their headers. */
export const endlessHeaders = (target: Target, count: number, everyMs: number): Promise<Answers> =>
  crowd(count, () => drip(target, `GET ${API}/orders HTTP/1.1\r\nHost: a\r\nX-Long: `, everyMs));

/** Clients that say they send ten gigabytes. */
export const hugeUploads = (target: Target, count: number): Promise<Answers> =>
  crowd(count, () => drip(target, postHead(target, `Content-Length: ${10 * GIB}`), 1_000));

/** A client that sends a file without end and does not say how long it is. */
export async function endlessUpload(target: Target): Promise<number> {
  const socket = await connection(target);
  socket.write(postHead(target, 'Transfer-Encoding: chunked'));
  const piece = `${FILE_HEADER}\n${'x'.repeat(64 * 1024 - FILE_HEADER.length - 2)}\n`;
  const chunk = `${piece.length.toString(16)}\r\n${piece}\r\n`;
  const answer = readAnswer(socket);
  while (!socket.destroyed) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  }
  return (await answer).status;
}

/** So many wrong passwords of a user, some at once. */
export async function wrongPasswords(target: Target, user: string, count: number, atOnce = 50): Promise<Answers> {
  const answers: Answers = {};
  let left = count;
  const guess = async (): Promise<void> => {
    while ((left -= 1) >= 0) {
      const headers = { 'X-Forwarded-For': target.address, Authorization: basic(user, `wrong-${left}`) };
      const { status } = await fetch(`${target.origin}${API}/orders?limit=1`, { headers });
      answers[status] = (answers[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, guess));
  return answers;
}

/** The head of an upload. */
function postHead({ origin, address, user }: Target, length: string): string {
  const host = `Host: ${new URL(origin).host}`;
  const who = [`X-Forwarded-For: ${address}`, `Authorization: ${basic(user)}`];
  return [`POST ${API}/imports HTTP/1.1`, host, ...who, 'Content-Type: text/csv', length, '\r\n'].join('\r\n');
}

async function connection({ origin }: Target): Promise<Socket> {
  const { hostname, port } = new URL(origin);
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
async function drip(target: Target, begin: string, everyMs: number): Promise<number> {
  const socket = await connection(target);
  socket.write(begin);
  const timer = setInterval(() => socket.write('x'), everyMs);
  const answer = await readAnswer(socket);
  clearInterval(timer);
  target.seen?.(answer);
  return answer.status;
}
