import helmet from '@fastify/helmet';
import Fastify from 'fastify';

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

/**
 * Helmet's headers with a strict policy for pages. Helmet works them out anew for every answer, although they are the
 * same on all of them; so a server that nobody sees is asked for them once.
 */
export async function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  const server = Fastify();
  await server.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: PAGE_POLICY } });
  // Only what `helmet` itself has put there.
  server.get('/', (_request, reply) => reply.send(reply.raw.getHeaders()));
  const answer = await server.inject('/');
  await server.close();
  return answer.json<Record<string, string>>();
}
