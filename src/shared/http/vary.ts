import type { FastifyReply } from 'fastify';

/** Says that the answer depends on these headers of the request too (RFC 9110, section 12.5.5). */
export function varyOn(reply: FastifyReply, ...headers: readonly string[]): void {
  const named = String(reply.getHeader('vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const known = new Set(named.map((name) => name.toLowerCase()));
  void reply.header('vary', [...named, ...headers.filter((name) => !known.has(name.toLowerCase()))].join(', '));
}
