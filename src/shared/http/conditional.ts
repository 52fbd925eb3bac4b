import etag from '@fastify/etag';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';

/** Kept by the client alone, who asks each time whether it is still right. */
const CACHE_CONTROL = 'private, no-cache';

/**
 * Gives every answer to a GET that is held in memory an `ETag`, and sends 304 where the client has it already; and lets
 * a HEAD of a streamed answer end without reading any of it. What says nothing of caches is kept by none. To be called before the routes are made.
 *
 * Tags are weak (RFC 9110, section 8.8.1): on its way an answer may be compressed, and is the same all the same.
 */
export async function answerConditionally(server: FastifyInstance): Promise<void> {
  server.addHook('onSend', ({ method }, _reply, payload, done) => {
    if (method !== 'HEAD' || !(payload === undefined || payload instanceof Readable)) return done(null, payload);
    payload?.destroy();
    // Fastify would read a stream to its end, and call what is not there 0 bytes long.
    done(null, Readable.from([]));
  });
  await server.register(etag as never, { weak: true, replyWith304: false, hashFn: hashOf });
  server.addHook('onSend', (request, reply, payload, done) => done(null, answerOf(request, reply, payload)));
}

/** What takes less time than the hash object that the plugin makes of its own. */
const hashOf = (payload: string | Buffer): string => hash('sha1', payload, 'base64');

/** The payload that goes out, and with it what caches may do. */
function answerOf({ method, headers }: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const tag = reply.getHeader('etag');
  if (typeof tag === 'string' && isKept(method, reply)) {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', CACHE_CONTROL);
    if (reply.statusCode !== 200 || !isHeld(headers['if-none-match'], tag)) return payload;
    void reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return method === 'HEAD' ? Readable.from([]) : null;
  }
  if (tag !== undefined) void reply.removeHeader('etag');
  // Errors among them, which caches would else keep by a guess of their own (RFC 9110, section 15.1).
  if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  return payload;
}

/** Whether a client may keep the answer. */
const isKept = (method: string, reply: FastifyReply): boolean =>
  ['GET', 'HEAD'].includes(method) &&
  reply.statusCode < 400 &&
  !String(reply.getHeader('cache-control') ?? '').includes('no-store');

/** Whether a client that sent this `If-None-Match` already has what has this tag (RFC 9110, section 13.1.2). */
export function isHeld(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.match(/\*|(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((each) => each === '*' || each.replace(/^W\//, '') === tag.replace(/^W\//, ''));
}
