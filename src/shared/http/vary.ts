import type { FastifyReply } from 'fastify';

/** Adds names of request headers to `Vary` (RFC 9110, section 12.5.5), each once, beside those that are there. */
export function varyOn(reply: FastifyReply, ...names: readonly string[]): void {
  const header = reply.getHeader('vary');
  if (header === undefined) return void reply.header('vary', names.join(', '));
  const present = [header]
    .flat()
    .join(', ')
    .split(/\s*,\s*/)
    .filter(Boolean);
  const known = new Set(present.map((name) => name.toLowerCase()));
  const added = names.filter((name) => !known.has(name.toLowerCase()));
  if (added.length > 0 && !known.has('*')) void reply.header('vary', [...present, ...added].join(', '));
}
