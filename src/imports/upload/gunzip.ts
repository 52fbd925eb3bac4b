import { createGunzip, type Gunzip } from 'node:zlib';
import { FileTooLarge, GzipBomb, GzipBroken } from '../errors.js';

/** Bytes of one piece that comes out. */
const PIECE_BYTES = 128 * 1024;
/** A file that comes to more than this is held to MOST_TIMES, bytes. */
const FREE_BYTES = 8 * 1024 * 1024;
/** How many times as long as it was a file may become. Orders become about four times as long, and gzip can do 1000. */
const MOST_TIMES = 200;

/** How every gzip file begins. */
const MAGIC = Buffer.of(0x1f, 0x8b);

/** Whether a file that begins so is gzip. */
export const isGzip = (head: Buffer): boolean => head.subarray(0, MAGIC.length).equals(MAGIC);

/**
 * The content of a gzip file of one or several members. Throws GzipBroken, also where it ends too early; FileTooLarge
 * and GzipBomb as soon as it comes to more than it may, and before more of it is uncompressed.
 */
export async function* gunzipped(content: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  // It is asked for while it is waited for, and else when the next piece comes.
  gunzip.on('error', () => undefined);
  let inBytes = 0;
  let outBytes = 0;
  try {
    for await (const piece of andEnd(content)) {
      // zlib takes nothing behind a zero after a member. That may be padding; anything else must not be lost unseen.
      const hasEnded = inBytes > gunzip.bytesWritten;
      inBytes += piece?.length ?? 0;
      for await (const out of hasEnded ? [] : outOf(gunzip, piece)) {
        outBytes += out.length;
        if (outBytes > maxBytes) throw new FileTooLarge(maxBytes);
        if (outBytes > FREE_BYTES && outBytes > inBytes * MOST_TIMES) throw new GzipBomb(MOST_TIMES);
        yield out;
      }
      const notTaken = piece?.subarray(Math.max(0, piece.length - (inBytes - gunzip.bytesWritten)));
      if (notTaken?.some((byte) => byte !== 0)) throw new GzipBroken();
    }
  } finally {
    gunzip.destroy();
  }
}

async function* andEnd(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer | null> {
  yield* content;
  yield null;
}

/** What a piece, or null for the end, comes to. By hand, so that no piece is asked for before this one is used up. */
async function* outOf(gunzip: Gunzip, piece: Buffer | null): AsyncGenerator<Buffer> {
  let isUsedUp = false;
  let wake: (() => void) | undefined;
  const onWritten = (): void => {
    isUsedUp = true;
    wake?.();
  };
  const onReadable = (): void => wake?.();
  gunzip.on('readable', onReadable).on('error', onReadable).on('end', onWritten);
  try {
    if (piece) gunzip.write(piece, onWritten);
    else gunzip.end();
    for (;;) {
      if (gunzip.errored) throw new GzipBroken();
      const out = gunzip.read() as Buffer | null;
      if (out) yield out;
      else if (isUsedUp) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    gunzip.off('readable', onReadable).off('error', onReadable).off('end', onWritten);
  }
}
