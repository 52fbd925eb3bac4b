import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidParameters } from '../../../../src/shared/errors.js';
import { Cursors, type Listing } from '../../../../src/shared/http/cursors.js';

const cursors = new Cursors(Buffer.alloc(32, 1));
const LIST: Listing = ['orders', { state: 'CA', valid: true }];

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The key in a cursor, or the error that it leads to. */
function read(cursor: string, schema: z.ZodType): { key?: unknown; error?: unknown } {
  try {
    return { key: cursors.read(LIST, cursor, schema) };
  } catch (error) {
    return { error };
  }
}

describe('a page', () => {
  it('ends the list where no more rows were found than asked for', () => {
    expect(cursors.page(LIST, [1, 2], 2, (row) => row)).toEqual({ items: [1, 2], next: null });
    expect(cursors.page(LIST, [], 2, (row) => row)).toEqual({ items: [], next: null });
  });

  it('leaves the row more to the next page, whose cursor is the last item', () => {
    const { items, next } = cursors.page(LIST, [7, 8, 9], 2, (row) => row);
    expect(items).toEqual([7, 8]);
    expect(cursors.read(LIST, next!, z.int())).toBe(8);
  });
});

describe('a cursor', () => {
  it('brings its key back, a number or a text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.string({ unit: 'grapheme' })), (key) => {
        const { next } = cursors.page(LIST, [key, key], 1, (row) => row);
        expect(next).toMatch(/^[\w-]+$/);
        expect(cursors.read(LIST, next!, z.union([z.int(), z.string()]))).toBe(key);
      }),
    );
  });

  it('that is not there is no key', () => {
    expect(cursors.read(LIST, undefined, z.int())).toBeUndefined();
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

  it('of another list, another filter or another service is refused', () => {
    const { next } = cursors.page(LIST, [1, 2], 1, (row) => row);
    expect(cursors.read(['orders', { valid: true, state: 'CA', rule: undefined }], next!, z.int())).toBe(1);
    expect(() => cursors.read(['rejects', LIST[1]], next!, z.int())).toThrow(InvalidParameters);
    expect(() => cursors.read(['orders', { state: 'CA' }], next!, z.int())).toThrow(InvalidParameters);
    expect(() => cursors.read(['orders', { state: 'NY', valid: true }], next!, z.int())).toThrow(InvalidParameters);
    expect(() => new Cursors(Buffer.alloc(32, 2)).read(LIST, next!, z.int())).toThrow(InvalidParameters);
  });

  it('of which a single bit was changed is refused', () => {
    const { next } = cursors.page(LIST, [12_345, 2], 1, (row) => row);
    const bytes = Buffer.from(next!, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(read(changed.toString('base64url'), z.int()).error).toBeInstanceOf(InvalidParameters);
      }),
    );
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
