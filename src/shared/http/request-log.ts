import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PinoLogger } from 'nestjs-pino';
import { inLogContext } from '../logging/log-context.js';
import type { OpenSpan, SpanIds } from '../tracing/span.js';
import { openSpan } from '../tracing/tracing.js';
import { wordsOfRoutes } from './routes.js';

/** Asked every few seconds; who wants to see them logs at `debug`. */
const QUIET = /^\/(health\/|metrics$)/;
/** What may stand in a log for a part of a path that is a parameter: a UUID or a number. */
const ID = /^(\d{1,16}|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/;

/** Logs each request once, when it is over. All lines that are written meanwhile carry its id. */
export function logRequests(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const beganAt = performance.now();
    const { method, headers, url } = request;
    const parent = headers.traceparent as string | undefined;
    const span = QUIET.test(url.split('?', 1)[0]!) ? null : openSpan(method, { kind: 'server', parent });
    reply.raw.once('close', () => {
      const path = loggedPath(request);
      logRequest(request, reply, path, performance.now() - beganAt, span?.ids);
      if (span) endSpan(span, request, reply, path);
    });
    inLogContext({ 'http.request.id': request.id }, () => (span ? span.within(done) : done()));
  });
}

function endSpan(
  span: OpenSpan,
  { id, method, routeOptions }: FastifyRequest,
  reply: FastifyReply,
  path: string,
): void {
  const { statusCode, headersSent } = reply.raw;
  const attributes = {
    'http.request.method': method,
    'http.route': routeOptions.url,
    'http.response.status_code': headersSent ? statusCode : undefined,
    'url.path': path,
    'http.request.id': id,
  };
  span.end(`${method} ${routeOptions.url ?? '*'}`, attributes, statusCode >= 500);
}

function logRequest(request: FastifyRequest, reply: FastifyReply, path: string, ms: number, ids?: SpanIds): void {
  const { statusCode, writableFinished, headersSent } = reply.raw;
  const { user } = request as { user?: { name: string } | null };
  const line = {
    ...ids,
    'http.request.id': request.id,
    'http.request.method': request.method,
    'url.path': path,
    // Of a client that left before there was an answer.
    'http.response.status_code': headersSent ? statusCode : undefined,
    'event.duration': Math.round(ms * 1e6),
    'user.name': user?.name,
  };
  PinoLogger.root[levelOf(path, statusCode)](line, writableFinished ? 'request completed' : 'request aborted');
}

const levelOf = (path: string, status: number): 'debug' | 'info' | 'warn' | 'error' => {
  if (QUIET.test(path)) return 'debug';
  return status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';
};

/**
 * The path without what a client may have put there: no query, and of its parts only ids and the words of our own
 * addresses. The others are `*`.
 */
export function loggedPath({ url, server, routeOptions }: FastifyRequest): string {
  const route = routeOptions.url;
  if (route !== undefined && !/[:*]/.test(route)) return route;
  const words = wordsOfRoutes(server);
  const parts = url.split('?', 1)[0]!.split('/');
  return parts.map((part) => (words.has(part) || ID.test(part) ? part : '*')).join('/');
}
