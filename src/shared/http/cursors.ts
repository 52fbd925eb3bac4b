import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { InvalidParameters } from '../errors.js';
import type { Page } from './paging.js';

/** Bytes of the signature that go into a cursor. */
const SIGNATURE_BYTES = 16;

/** A list with its filter: a cursor is good for this one only. Values must be such as JSON writes. */
export type Listing = readonly [name: string, filter: object];

/**
 * Makes cursors and reads them back. A cursor is the key of the last item with a signature over it and the list with
 * its filter, so that nobody makes one up, and one of another list or filter is refused instead of giving a page that
 * makes no sense. The key of the signature is in the database: every process takes the cursors of every other.
 */
export class Cursors {
  /** Made once: of plain bytes Node makes a key anew for every signature, which takes seven times as long. */
  private readonly key: KeyObject;

  constructor(secret: Uint8Array) {
    this.key = createSecretKey(secret);
  }

  /** Makes a page of the rows found with a limit of one more than asked for; `keyOf` names the place behind an item. */
  page<T>(listing: Listing, rows: readonly T[], limit: number, keyOf: (item: T) => string | number): Page<T> {
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items, next: rows.length > limit && last !== undefined ? this.write(listing, keyOf(last)) : null };
  }

  /**
   * The key in a cursor, undefined where there is no cursor. Throws InvalidParameters if it is none of ours, or one of
   * another list or filter.
   */
  read<K extends z.ZodType>(listing: Listing, cursor: string | undefined, key: K): z.infer<K> | undefined {
    if (cursor === undefined) return undefined;
    const bytes = Buffer.from(cursor, 'base64url');
    const written = bytes.subarray(0, -SIGNATURE_BYTES);
    const isOurs =
      bytes.length > SIGNATURE_BYTES &&
      timingSafeEqual(bytes.subarray(-SIGNATURE_BYTES), this.signature(listing, written));
    const parsed = isOurs ? key.safeParse(JSON.parse(written.toString())) : undefined;
    if (!parsed?.success) throw new InvalidParameters([{ field: 'cursor', code: 'request.errors.not-a-cursor' }]);
    return parsed.data;
  }

  /** The cursor of the page behind the item with this key. */
  write(listing: Listing, key: string | number): string {
    const written = Buffer.from(JSON.stringify(key));
    return Buffer.concat([written, this.signature(listing, written)]).toString('base64url');
  }

  private signature([name, filter]: Listing, written: Buffer): Buffer {
    const sorted = Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const signed = createHmac('sha256', this.key).update(JSON.stringify([name, sorted]));
    return signed.update('\n').update(written).digest().subarray(0, SIGNATURE_BYTES);
  }
}

/** The cursors of all processes that use a database. */
export async function cursorsOf(database: DataSource): Promise<Cursors> {
  const rows = (await database.query(`SELECT value FROM secrets WHERE name = 'cursors'`)) as [{ value: Buffer }];
  return new Cursors(rows[0].value);
}
