import type { I18nService } from 'nestjs-i18n';
import { STATUS_CODES } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE, type Problem } from './problem.js';

/** What Node finds wrong with a connection's bytes, by its code; anything else is `request.not-http`. */
const KNOWN: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'request.head-too-large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request.head-too-slow' },
};
const NOT_HTTP = { status: 400, code: 'request.not-http' };

/** Answers bytes that are no request, which no route and no filter ever see, and ends their connection. */
export class NotHttp {
  private translate = (key: string): string => key;

  /** Lets the answers have words. Nobody knows the language of what cannot be read, so they are English. */
  speak(i18n: I18nService): void {
    this.translate = (key) => i18n.translate(key, { lang: 'en' });
  }

  readonly answer = (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (socket.writable) socket.write(this.textOf(KNOWN[error.code ?? ''] ?? NOT_HTTP));
    socket.destroy(error);
  };

  private textOf({ status, code }: { status: number; code: string }): string {
    const requestId = randomUUID();
    const problem: Problem = {
      type: `urn:acme-orders:problem:${code}`,
      title: this.translate(`${code}.title`),
      status,
      detail: this.translate(`${code}.detail`),
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
      'Connection: close',
      '',
      body,
    ].join('\r\n');
  }
}
