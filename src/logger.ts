import type { IncomingMessage } from 'node:http';
import type { Params } from 'nestjs-pino';
import type { Config } from './config.js';

/**
 * JSON lines on standard output, each with the request id where there is a request. Addresses are logged without their
 * query, because a query may hold an e-mail.
 */
export function loggerOptions(config: Pick<Config, 'logLevel' | 'role'>): Params {
  return {
    forRoutes: ['*splat'],
    pinoHttp: {
      level: config.logLevel,
      base: { service: `acme-orders-${config.role}`, pid: process.pid },
      customAttributeKeys: { reqId: 'requestId' },
      quietReqLogger: true,
      autoLogging: { ignore: (request) => /^\/(health\/|metrics$)/.test(pathOf(request)) },
      customLogLevel: (_request, reply, error) =>
        error || reply.statusCode >= 500 ? 'error' : reply.statusCode >= 400 ? 'warn' : 'info',
      serializers: {
        req: (request: { method: string; raw: IncomingMessage }) => ({
          method: request.method,
          path: pathOf(request.raw),
        }),
        res: (reply: { statusCode: number }) => ({ status: reply.statusCode }),
        err: loggedError,
      },
    },
  };
}

const pathOf = (request: IncomingMessage): string =>
  ((request as { originalUrl?: string }).originalUrl ?? request.url ?? '').split('?')[0]!;

/** What an error may tell a log: PostgreSQL's `detail`, `where` and parameters hold customers' data. */
const loggedError = (error: Error & { code?: string }): Record<string, unknown> => ({
  type: error.name,
  message: error.message,
  code: error.code,
  stack: error.stack,
});
