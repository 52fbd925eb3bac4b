import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { catalogOf, textAt } from '../catalogs.js';
import { PROBLEM_TYPE, type Problem } from './problem.js';

/** What bytes that are no request are answered with, and the status of each. */
export const NOT_HTTP = { 'request.not-http': 400, 'request.head-too-slow': 408, 'request.head-too-large': 431 };
type Code = keyof typeof NOT_HTTP;

/** The answer to each code of Node's parser; to any other it is `request.not-http`. */
const KNOWN: Readonly<Record<string, Code>> = {
  HPE_HEADER_OVERFLOW: 'request.head-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.head-too-slow',
};

const TEXTS = catalogOf('en', 'request');

/**
 * Answers bytes that are no request, which no route and no filter ever see, and ends their connection. Nobody knows the
 * language of what cannot be read, so it is English.
 */
export function answerNotHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answer(KNOWN[error.code ?? ''] ?? 'request.not-http'));
  socket.destroy(error);
}

function answer(code: Code): string {
  const status = NOT_HTTP[code];
  const requestId = randomUUID();
  const problem: Problem = {
    type: `urn:acme-orders:problem:${code}`,
    title: textOf(`${code}.title`),
    status,
    detail: textOf(`${code}.detail`),
    instance: '/',
    code,
    requestId,
  };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    'Content-Language: en',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

const textOf = (key: string): string => textAt(TEXTS, key.slice('request.'.length))!;
