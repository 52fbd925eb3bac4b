import { ecsFormat } from '@elastic/ecs-pino-format';
import type { Params } from 'nestjs-pino';
import { hostname } from 'node:os';
import type { LoggerOptions, LogFn } from 'pino';
import type { Config } from './config.js';
import { logContext } from './shared/logging/log-context.js';
import { loggedError, messageOf } from './shared/logging/logged-error.js';
import { logStream } from './shared/logging/log-streams.js';
import { spanIds } from './shared/tracing/tracing.js';
import { VERSION } from './shared/version.js';

/**
 * JSON lines in Elastic Common Schema on standard output, and in a rotating file if one is set. Each carries the ids of
 * the request and the import that it is about, and nothing of what clients send.
 */
export async function loggerOptions(config: Config): Promise<Params> {
  return {
    // Requests are logged by `logRequests`, which costs less than a logger for each.
    forRoutes: [],
    renameContext: 'log.logger',
    pinoHttp: [{ ...lineFormat(config), autoLogging: false, wrapSerializers: false }, await logStream(config)],
  };
}

/** How a line is made, for Pino. */
export function lineFormat({ env, role, logLevel }: Pick<Config, 'env' | 'role' | 'logLevel'>): LoggerOptions {
  const ecs = ecsFormat({
    serviceName: `acme-orders-${role}`,
    serviceVersion: VERSION,
    serviceEnvironment: env,
    // As owners of leases are called.
    serviceNodeName: `${hostname()}:${process.pid}`,
    apmIntegration: false,
  }) as LoggerOptions;
  return {
    ...ecs,
    level: logLevel,
    formatters: {
      ...ecs.formatters,
      log: (line) => ('err' in line ? withLoggedError(line) : line),
    },
    timestamp: onceAMillisecond(ecs.timestamp as () => string),
    // A copy, because Pino writes the line into it.
    mixin: () => ({ ...logContext(), ...spanIds() }),
    hooks: { logMethod: withSafeMessage },
  };
}

const withLoggedError = ({ err, ...line }: Record<string, unknown>): Record<string, unknown> =>
  err === undefined ? line : { ...line, ...loggedError(err) };

/** The time as another writes it, which is asked once for all lines of a millisecond: it is a fifth of a line's work. */
function onceAMillisecond(timestamp: () => string): () => string {
  let at = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      text = timestamp();
    }
    return text;
  };
}

/** Where only an error is logged, Pino would take its message as it is. */
function withSafeMessage(this: unknown, args: Parameters<LogFn>, log: LogFn): void {
  const [first, ...rest] = args as unknown[];
  const error = first instanceof Error ? first : (first as { err?: unknown } | null)?.err;
  if (!(error instanceof Error)) return log.apply(this as never, args);
  const fields = first === error ? { err: error } : first;
  log.apply(this as never, [fields, ...(rest[0] === undefined ? [messageOf(error)] : rest)] as Parameters<LogFn>);
}
