import type { FastifyInstance } from 'fastify';
import { Histogram } from 'prom-client';
import type { Metrics } from './metrics.js';

/** Upper bounds, seconds: around what reading takes, and up to what makes a client give up. */
const BUCKETS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Node knows some thirty methods; a client must not make a series of each. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Measures every answer of the server, from the request's headers to the answer's last byte. A route is its pattern,
 * so that no id becomes a label; what finds no route is `unknown`. Answers that a client does not wait for are not
 * counted.
 */
export function measureRequests(server: FastifyInstance, { registry }: Metrics): void {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer, by the pattern of its route.',
    labelNames: ['method', 'route', 'status_code'],
    buckets: BUCKETS,
    registers: [registry],
  });
  server.addHook('onResponse', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : 'other';
    const route = (request.is404 ? undefined : request.routeOptions.url) ?? 'unknown';
    durations.observe({ method, route, status_code: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
