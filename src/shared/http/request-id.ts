import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';

/** What a client may use as a request id: nothing that could break a header or a log line. */
const WELL_FORMED = /^[\w-]{8,64}$/;

/** The client's request id (`X-Request-Id`, or `uuid` in the query) if it is well formed, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'] ?? /[?&]uuid=([^&]*)/.exec(request.url ?? '')?.[1];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}
