import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { InvalidParameters } from '../errors.js';
import { integer } from './query.js';

/** Items of one page, and the cursor of the next or null. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Most items of a page. */
export const MAX_LIMIT = 1000;
/** Longest cursor, characters. */
const MAX_CURSOR = 500;

/** Query parameters of a keyset paged list. */
export const PAGING = {
  limit: integer(1, MAX_LIMIT)
    .default(100)
    .meta({ description: 'Most items of the page.', examples: [100] }),
  cursor: z
    .string()
    .max(MAX_CURSOR)
    .optional()
    .meta({ description: 'Where the page begins: `next` of the page before.', examples: ['WzQ3XQ'] }),
};

/** The schema of a page of something. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item).max(MAX_LIMIT),
    next: z
      .string()
      .max(MAX_CURSOR)
      .regex(/^[\w-]+$/)
      .nullable()
      .meta({ description: 'Cursor of the next page, null on the last.', examples: ['WzQ3XQ'] }),
  });

/** The header of a page that has one behind it, for the description of a route. */
export const NEXT_LINK = {
  Link: {
    description: 'Address of the next page, with `rel="next"` (RFC 8288); not on the last.',
    schema: {
      type: 'string' as const,
      maxLength: 20_000,
      examples: ['</acme_orders/api/v1/orders?cursor=WzQ3XQ>; rel="next"'],
    },
  },
};

/** Makes a page of the rows found with a limit of one more than asked for; `keyOf` names the place behind an item. */
export function pageFrom<T>(rows: readonly T[], limit: number, keyOf: (item: T) => string | number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encode(keyOf(last)) : null };
}

const encode = (key: string | number): string => Buffer.from(JSON.stringify([key])).toString('base64url');

/** The key in a cursor, undefined where there is no cursor. Throws InvalidParameters if it is none of ours. */
export function readCursor<K extends z.ZodType>(cursor: string | undefined, key: K): z.infer<K> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return z.tuple([key]).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))[0] as z.infer<K>;
  } catch {
    throw new InvalidParameters([{ field: 'cursor', code: 'request.errors.not-a-cursor' }]);
  }
}

/** Adds the `Link` to the next page (RFC 8288): the same address with the next cursor. */
export function linkNext(reply: FastifyReply, next: string | null): void {
  if (next === null) return;
  const url = new URL(reply.request.originalUrl, 'http://localhost');
  url.searchParams.set('cursor', next);
  url.searchParams.delete('offset');
  void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
}
