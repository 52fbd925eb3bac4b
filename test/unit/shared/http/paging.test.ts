import { FastifyAdapter } from '@nestjs/platform-fastify';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidParameters } from '../../../../src/shared/errors.js';
import { linkNext, pageFrom, readCursor } from '../../../../src/shared/http/paging.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The key in a cursor, or the error that it leads to. */
function read(cursor: string, schema: z.ZodType): { key?: unknown; error?: unknown } {
  try {
    return { key: readCursor(cursor, schema) };
  } catch (error) {
    return { error };
  }
}

describe('a page', () => {
  it('ends the list where no more rows were found than asked for', () => {
    expect(pageFrom([1, 2], 2, (row) => row)).toEqual({ items: [1, 2], next: null });
    expect(pageFrom([], 2, (row) => row)).toEqual({ items: [], next: null });
  });

  it('leaves the row more to the next page, whose cursor is the last item', () => {
    const { items, next } = pageFrom([7, 8, 9], 2, (row) => row);
    expect(items).toEqual([7, 8]);
    expect(readCursor(next!, z.int())).toBe(8);
  });
});

describe('a cursor', () => {
  it('brings its key back, a number or a text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.string({ unit: 'grapheme' })), (key) => {
        const { next } = pageFrom([key, key], 1, (row) => row);
        expect(next).toMatch(/^[\w-]+$/);
        expect(readCursor(next!, z.union([z.int(), z.string()]))).toBe(key);
      }),
    );
  });

  it('that is not there is no key', () => {
    expect(readCursor(undefined, z.int())).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no base64', '!!!'],
    ['a word', 'cursor'],
    ['no JSON', Buffer.from('[1').toString('base64url')],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]).toString('base64url')],
    ['a number without its list', encode(1)],
    ['an empty list', encode([])],
    ['too long a list', encode([1, 2])],
    ['an object', encode({ 0: 1 })],
    ['a null', encode([null])],
    ['a text in place of a number', encode(['1'])],
    ['a broken number', encode([1.5])],
    ['too large a number', '[1e400]'],
    ['a number below the least', encode([0])],
    ['a list in the list', encode([[1]])],
    ['SQL', encode(['1; DROP TABLE orders'])],
    ['a key of every object', encode([{ __proto__: { a: 1 } }])],
  ])('of %s is refused by its name', (_, cursor) => {
    const { error } = read(cursor, z.int().min(1));
    expect(error).toBeInstanceOf(InvalidParameters);
    expect(error).toMatchObject({ errors: [{ field: 'cursor', code: 'request.errors.not-a-cursor' }] });
  });

  it('of a list of another kind is refused', () => {
    const { next } = pageFrom([1, 2], 1, (row) => row);
    expect(() => readCursor(next!, z.uuid())).toThrow(InvalidParameters);
  });

  it('of any text gives a key of the right kind or is refused', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        const { key, error } = read(cursor, z.int());
        expect(Number.isInteger(key) || error instanceof InvalidParameters).toBe(true);
      }),
    );
  });
});

/** The header `Link` of the answer to a request. */
async function linkOf(url: string, next: string | null): Promise<unknown> {
  const server = new FastifyAdapter().getInstance();
  server.get('/orders', async (_request, reply) => {
    linkNext(reply, next);
    return null;
  });
  const { headers } = await server.inject(url);
  return headers.link;
}

describe('the link to the next page', () => {
  it('is the same address with the next cursor', async () => {
    expect(await linkOf('/orders', 'abc')).toBe('</orders?cursor=abc>; rel="next"');
    expect(await linkOf('/orders?valid=false&limit=7', 'abc')).toBe(
      '</orders?valid=false&limit=7&cursor=abc>; rel="next"',
    );
  });

  it('has one cursor and no offset', async () => {
    expect(await linkOf('/orders?cursor=old&offset=20', 'new')).toBe('</orders?cursor=new>; rel="next"');
  });

  it('can hold nothing that breaks out of it', async () => {
    expect(await linkOf('/orders?email=%3E%0D%0Ax%22', 'a')).toBe('</orders?email=%3E%0D%0Ax%22&cursor=a>; rel="next"');
  });

  it('is not there on the last page', async () => {
    expect(await linkOf('/orders', null)).toBeUndefined();
  });
});
