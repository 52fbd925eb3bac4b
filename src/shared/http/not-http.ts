import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { catalogOf, textAt, type Catalog } from '../catalogs.js';
import { LANGUAGES, type Language } from '../languages.js';
import { acceptedLanguage } from './language.resolver.js';
import { PROBLEM_TYPE, type Problem } from './problem.js';

/** What bytes that are no request are answered with, and the status of each. */
export const NOT_HTTP = { 'request.not-http': 400, 'request.head-too-slow': 408, 'request.head-too-large': 431 };
type Code = keyof typeof NOT_HTTP;

/** The answer to each code of Node's parser; to any other it is `request.not-http`. */
const KNOWN: Readonly<Record<string, Code>> = {
  HPE_HEADER_OVERFLOW: 'request.head-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.head-too-slow',
};

const TEXTS = Object.fromEntries(LANGUAGES.map((each) => [each, catalogOf(each, 'request')])) as Record<
  Language,
  Catalog
>;

/** How long what still arrives is taken, milliseconds. */
const PASS_OVER_MS = 2_000;

/** What Node's parser says of bytes; `rawPacket` is a buffer with those that it had in its hands. */
type ParserError = Error & { code?: string; rawPacket?: unknown };

/**
 * Answers bytes that are no request, which no route and no filter ever see, and ends their connection. In English where
 * these bytes hold no line of `Accept-Language`.
 */
export function answerNotHttp({ code = '', rawPacket }: ParserError, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) return void socket.destroy();
  passOver(socket);
  socket.end(answer(KNOWN[code] ?? 'request.not-http', languageOf(rawPacket)));
}

/**
 * Takes what still arrives, and drops it, until the other side ends as well or for a while: a connection that is closed
 * while the client sends takes the answer away from it, unread (RFC 9112, section 9.6).
 */
function passOver(socket: Socket): void {
  // The parser has said what it had to say, also of the end.
  socket.removeAllListeners('data').removeAllListeners('end');
  // Takes the bytes from the parser too, which else reads them from below the socket.
  socket.on('data', () => undefined).resume();
  const cutOff = setTimeout(() => socket.destroy(), PASS_OVER_MS).unref();
  socket.once('close', () => clearTimeout(cutOff));
}

function languageOf(bytes: unknown): Language {
  const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : '';
  const [, accepts] = /^accept-language:([^\r\n]{1,200})/im.exec(text) ?? [];
  return (accepts && acceptedLanguage(accepts)) || 'en';
}

function answer(code: Code, language: Language): string {
  const status = NOT_HTTP[code];
  const requestId = randomUUID();
  const problem: Problem = {
    type: `urn:acme-orders:problem:${code}`,
    title: textOf(language, `${code}.title`),
    status,
    detail: textOf(language, `${code}.detail`),
    instance: '/',
    code,
    requestId,
  };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Language: ${language}`,
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

const textOf = (language: Language, key: string): string => textAt(TEXTS[language], key.slice('request.'.length))!;
