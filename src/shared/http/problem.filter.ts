import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { I18nContext, I18nService } from 'nestjs-i18n';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import {
  DomainError,
  MethodNotAllowed,
  QueryTooSlow,
  Unavailable,
  UnknownRoute,
  UnreadableBody,
  type ErrorKind,
} from '../errors.js';
import { isDatabaseAway, isTimedOut } from '../passing-fault.js';
import { PROBLEM_TYPE, type Problem } from './problem.js';
import { allowedMethods } from './routes.js';
import { varyOn } from './vary.js';

/** The HTTP status of each kind of error. */
export const STATUS: Readonly<Record<ErrorKind, number>> = {
  'invalid-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'too-slow': 408,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  'address-too-long': 414,
  'unsupported-media-type': 415,
  unprocessable: 422,
  'too-many-requests': 429,
  unavailable: 503,
  overloaded: 503,
  'storage-full': 507,
};

/** How long the rest of a refused upload is taken, milliseconds. */
const PASS_OVER_MS = 5_000;

/** Seconds after which a client may try again. */
const RETRY_AFTER = 5;

/** The one place where an error becomes an answer: its kind a status, its code a language. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly i18n: I18nService,
    @InjectPinoLogger(ProblemFilter.name) private readonly log: PinoLogger,
  ) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = asDomainError(thrown, request);
    const status = error ? STATUS[error.kind] : 500;
    // Whoever makes the load must not fill the log too.
    if (status >= 500 && error?.kind !== 'overloaded') this.log.error({ err: thrown }, 'request failed');
    if (reply.sent || reply.raw.headersSent) return void reply.raw.destroy();
    if (status === 503) void reply.header('retry-after', RETRY_AFTER);
    void reply.headers(error?.headers ?? {});
    const lang = I18nContext.current(host)?.lang ?? 'en';
    varyOn(reply, 'Accept-Language');
    void reply.header('content-language', lang);
    const text = Buffer.from(JSON.stringify(this.problem(error, status, request, lang)));
    await reply
      .status(status)
      .header('content-length', text.length)
      .type(PROBLEM_TYPE)
      .send(request.raw.complete ? text : Readable.from(endedAfterUpload(text, request.raw)));
  }

  private problem(error: DomainError | null, status: number, request: FastifyRequest, lang: string): Problem {
    const code = error?.code ?? 'request.internal-error';
    const translate = (key: string, args: object): string => this.i18n.translate(key, { lang, args });
    return {
      type: `urn:acme-orders:problem:${code}`,
      title: translate(`${code}.title`, error?.params ?? {}),
      status,
      detail: translate(`${code}.detail`, error?.params ?? {}),
      instance: request.url.split('?')[0]!,
      code,
      requestId: request.id,
      ...(error && error.errors.length > 0
        ? {
            errors: error.errors.map((each) => ({
              field: each.field,
              code: each.code,
              message: translate(each.code, each.params ?? {}),
            })),
          }
        : {}),
    };
  }
}

/**
 * The answer at once, and its end when the refused upload has come to its own, or a while later: a connection that is
 * closed while the client sends takes the answer away from it, unread.
 */
async function* endedAfterUpload(answer: Buffer, upload: IncomingMessage): AsyncGenerator<Buffer> {
  upload.unpipe();
  upload.resume();
  yield answer;
  const cutOff = setTimeout(() => upload.socket.destroy(), PASS_OVER_MS).unref();
  await finished(upload).catch(() => undefined);
  clearTimeout(cutOff);
}

/** What was thrown in our words; null for what we have no words for. */
function asDomainError(thrown: unknown, request: FastifyRequest): DomainError | null {
  if (thrown instanceof DomainError) return thrown;
  const status = thrown instanceof HttpException ? thrown.getStatus() : (thrown as { statusCode?: number }).statusCode;
  const path = request.url.split('?')[0]!;
  if (status === 404) {
    const allowed = allowedMethods(request.server, path);
    return allowed.length > 0 ? new MethodNotAllowed(request.method, allowed) : new UnknownRoute(request.method, path);
  }
  if (status !== undefined && status >= 400 && status < 500) return new UnreadableBody();
  if (isTimedOut(thrown)) return new QueryTooSlow(thrown);
  return isDatabaseAway(thrown) ? new Unavailable(thrown) : null;
}
