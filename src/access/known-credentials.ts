import { hash, randomBytes } from 'node:crypto';

/** How long credentials that were right are taken without hashing, milliseconds. */
const FRESH_MS = 60_000;
/** When they had better be hashed again, before anybody has to wait for it, milliseconds. */
const RENEW_AFTER_MS = 30_000;
const MOST = 10_000;

interface Known {
  readonly name: string;
  /** By `performance.now()`. */
  freshUntil: number;
  renewAt: number;
}

/**
 * Credentials that were right: for a minute they are taken as they are, and later they are still known to have been
 * right. They are kept as digests under a key of this process, which tell nothing to whoever reads its memory later.
 */
export class KnownCredentials {
  private readonly key = randomBytes(32).toString('base64');
  private readonly known = new Map<string, Known>();

  /**
   * What stands for an `Authorization` header here. The key in front of it keeps it from being guessed, and nobody gets to
   * see a digest who could prolong it; an HMAC would cost five times as much, with every request.
   */
  digestOf(authorization: string): string {
    return hash('sha256', this.key + authorization, 'base64');
  }

  /** The name of the user whose credentials were right within the last minute. */
  fresh(digest: string): string | undefined {
    const found = this.known.get(digest);
    return found && found.freshUntil > performance.now() ? found.name : undefined;
  }

  /** Whether it is time to hash fresh credentials again. Says so once. */
  takeRenewal(digest: string): boolean {
    const found = this.known.get(digest);
    if (!found || found.renewAt > performance.now()) return false;
    found.renewAt = Infinity;
    return true;
  }

  /** Whether these credentials ever were right and nobody found them wrong since. */
  has(digest: string): boolean {
    return this.known.has(digest);
  }

  keep(digest: string, name: string): void {
    this.known.delete(digest);
    const now = performance.now();
    this.known.set(digest, { name, freshUntil: now + FRESH_MS, renewAt: now + RENEW_AFTER_MS });
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
