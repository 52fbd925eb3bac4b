import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';

/** What a page of ours may load: its own files, nothing inline. */
const PAGE_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  upgradeInsecureRequests: null,
};

/** Swagger UI and Bull Board bring styles inline; what the latter loads is relative to a base that it names. */
const foreignPolicy = (base: string): string =>
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  `connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri ${base}`;

/** What no page here asks a browser for. */
const PERMISSIONS = ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb']
  .map((feature) => `${feature}=()`)
  .join(', ');

/** A year, as ASVS 5.0 wants it (3.4.1). */
const HTTPS_ONLY = 'max-age=31536000; includeSubDomains';

/**
 * Helmet's headers with a strict policy for pages. Helmet works them out anew for every answer, although they are the
 * same on all of them; so a server that nobody sees is asked for them once.
 */
export async function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  const server = Fastify();
  await server.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY },
    frameguard: { action: 'deny' },
    hsts: false,
  });
  // Only what `helmet` itself has put there.
  server.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  const answer = await server.inject('/');
  await server.close();
  return { ...answer.json<Record<string, string>>(), 'permissions-policy': PERMISSIONS };
}

/**
 * Gives every answer the security headers; `Strict-Transport-Security` only where the request came by HTTPS, which a
 * trusted proxy says, for elsewhere it must not be sent (RFC 6797, section 7.2).
 *
 * @param foreignPages bases that pages of others may name, by where their addresses begin
 */
export async function secureAnswers(
  server: FastifyInstance,
  foreignPages: Readonly<Record<string, "'none'" | "'self'">>,
): Promise<void> {
  const security = await securityHeaders();
  const foreign = Object.entries(foreignPages).map(
    ([path, base]) => [path, { ...security, 'content-security-policy': foreignPolicy(base) }] as const,
  );
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(foreign.find(([path]) => request.url.startsWith(path))?.[1] ?? security);
    if (request.protocol === 'https') void reply.header('strict-transport-security', HTTPS_ONLY);
    done();
  });
}
