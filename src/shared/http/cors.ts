import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Where named origins may ask; the queue board and the metrics are not there. */
const OPEN_PATH = '/acme_orders/api/';

const NOT_ALLOWED: FastifyCorsOptions = { origin: false };
const ALLOWED: FastifyCorsOptions = {
  // The password of this service, which a browser keeps for it.
  credentials: true,
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
  // Accept and Content-Language need no mention.
  allowedHeaders: [
    'Accept-Language',
    'Authorization',
    'Content-Encoding',
    'Content-Type',
    'Idempotency-Key',
    'If-None-Match',
    'Last-Event-ID',
    'Prefer',
    'Traceparent',
    'X-Request-Id',
  ],
  exposedHeaders: [
    'Allow',
    'Content-Disposition',
    'Content-Language',
    'ETag',
    'Link',
    'Location',
    'Preference-Applied',
    'RateLimit',
    'RateLimit-Limit',
    'RateLimit-Policy',
    'RateLimit-Remaining',
    'RateLimit-Reset',
    'Retry-After',
    'X-Request-Id',
  ],
  // Seconds for which a browser does not ask again.
  maxAge: 600,
  strictPreflight: false,
};

/**
 * Lets pages of other origins use the API from a browser, with the password too: those origins alone, each by its exact
 * text, never `*` and never `null`. To be called before whatever refuses requests, so that refusals can be read as well.
 *
 * @param origins none leaves everything to the browser, which then lets no page of another origin read anything
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export async function allowOrigins(server: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const named = new Set(origins);
  // The plugin's route for OPTIONS is made before the application says what becomes of errors.
  server.addHook('onRoute', (route) => {
    if (route.method === 'OPTIONS' && route.url === '*') route.errorHandler = (...args) => server.errorHandler(...args);
  });
  // Asked for each request, so that every answer says that it depends on `Origin`, whoever sent it.
  const delegator = (request: FastifyRequest, done: (error: Error | null, options: FastifyCorsOptions) => void): void =>
    done(null, optionsFor(request, named));
  await server.register(cors as never, { delegator });
}

function optionsFor({ url, headers }: FastifyRequest, named: ReadonlySet<string>): FastifyCorsOptions {
  const { origin, 'access-control-request-method': asked } = headers;
  if (origin === undefined || !named.has(origin) || !url.startsWith(OPEN_PATH)) return NOT_ALLOWED;
  return { ...ALLOWED, origin, preflight: asked !== undefined };
}
