import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** How long credentials that were right are taken without hashing, milliseconds. */
const FRESH_MS = 60_000;
const MOST = 10_000;

/**
 * Credentials that were right: for a minute they are taken as they are, and later they are still known to have been
 * right. They are kept as digests under a key of this process, which tell nothing to whoever reads its memory later.
 */
export class KnownCredentials {
  /** Made once: of plain bytes Node makes a key anew for every digest. */
  private readonly key = createSecretKey(randomBytes(32));
  private readonly known = new Map<string, { name: string; freshUntil: number }>();

  /** What stands for an `Authorization` header here. */
  digestOf(authorization: string): string {
    return createHmac('sha256', this.key).update(authorization).digest('base64');
  }

  /** The name of the user whose credentials were right within the last minute. */
  fresh(digest: string): string | undefined {
    const found = this.known.get(digest);
    return found && found.freshUntil > performance.now() ? found.name : undefined;
  }

  /** Whether these credentials ever were right and nobody found them wrong since. */
  has(digest: string): boolean {
    return this.known.has(digest);
  }

  keep(digest: string, name: string): void {
    this.known.delete(digest);
    this.known.set(digest, { name, freshUntil: performance.now() + FRESH_MS });
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value!);
  }

  drop(digest: string): void {
    this.known.delete(digest);
  }

  /** Nothing is taken without hashing any more. */
  makeStale(): void {
    for (const each of this.known.values()) each.freshUntil = 0;
  }
}
