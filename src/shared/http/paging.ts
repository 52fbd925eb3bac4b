import type { FastifyReply } from 'fastify';
import { z } from 'zod';
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

/** Adds the `Link` to the next page (RFC 8288): the same address with the next cursor. */
export function linkNext(reply: FastifyReply, next: string | null): void {
  if (next === null) return;
  const url = new URL(reply.request.originalUrl, 'http://localhost');
  url.searchParams.set('cursor', next);
  url.searchParams.delete('offset');
  void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
}
