/** Bytes of buffers after which those that are of no use any more are let go. */
const COLLECT_BYTES = 8 * 1024 * 1024;

/**
 * Lets go of the buffers of a stream while it flows. Each piece that comes from a connection is a buffer outside of the
 * heap. V8 frees those that died young when it looks through the young generation, but for its garbage alone it rarely
 * needs to; so it waits for 32 MB of buffers and then goes through the whole heap, which keeps every request waiting for
 * some 10 ms, again and again: a large upload took others' 99th percentile from 5 to 20 ms, and a fifth of its own speed.
 * Needs `--expose-gc`, and does nothing without.
 */
export class YoungGarbage {
  private bytes = 0;

  /** So many more bytes went by. */
  note(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < COLLECT_BYTES) return;
    this.bytes = 0;
    globalThis.gc?.({ type: 'minor' });
  }
}
