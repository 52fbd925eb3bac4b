import type { FastifyInstance } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest time for the requests under way when the process is told to end, milliseconds; then they are cut off. */
const GRACE_MS = 7_000;

/** Whether this process was told to end. From then on it is not ready. */
export class Ending {
  private readonly told = new AbortController();
  /** Aborts when the process is told to end. */
  readonly signal = this.told.signal;

  get hasBegun(): boolean {
    return this.signal.aborted;
  }

  begin(): void {
    this.told.abort();
  }
}

/**
 * Lets the server end without failing a request: first it is not ready, then it does not listen, then it is gone. To be
 * called before its routes are made.
 *
 * @param delayMs how long it still listens when it is not ready any more, so that balancers notice in time
 */
export function endInOrder(
  adapter: { beforeClose: () => unknown },
  server: FastifyInstance,
  ending: Ending,
  delayMs: number,
): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (ending.hasBegun) void reply.header('connection', 'close');
    done(null, payload);
  });
  // An answer that had begun before could not say so.
  server.addHook('onResponse', (_request, _reply, done) => {
    if (ending.hasBegun && !server.server.listening) server.server.closeIdleConnections();
    done();
  });
  // Nest awaits this before anything of the application ends. Not by a class of our own: nestjs-i18n goes by the name.
  adapter.beforeClose = async () => {
    ending.begin();
    setTimeout(() => server.server.closeAllConnections(), GRACE_MS).unref();
    await sleep(delayMs);
  };
}
