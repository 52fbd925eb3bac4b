import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

/** Requests are counted from one full minute to the next, milliseconds. */
const WINDOW_MS = 60_000;
/** Time between two exchanges with the other processes, milliseconds. */
const EXCHANGE_MS = 1_000;
/** Who is counted by name; more of them within a minute share one count. */
const MOST = 50_000;
const THE_OTHERS = 'others';

/** What one user or address has asked for in this minute. */
interface Count {
  /** In all processes, as far as known, and in this one since the last exchange. */
  total: number;
  own: number;
}

/**
 * Requests of each user or address within this minute. A process counts for itself, which costs next to nothing, and
 * adds its counts to those of the others in Redis once a second. Where Redis is away it knows its own only.
 */
export class RequestCounts {
  private counts = new Map<string, Count>();
  private window = 0;
  private readonly shared: RateLimiterRedis;
  private readonly timer: NodeJS.Timeout;

  constructor(redis: Redis) {
    const options = { keyPrefix: 'acme-orders:requests', points: Number.MAX_SAFE_INTEGER, duration: WINDOW_MS / 1_000 };
    this.shared = new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(options),
    });
    this.timer = setInterval(() => void this.exchange(), EXCHANGE_MS).unref();
  }

  /** Counts a request. Returns how many there were in this minute with it. */
  add(who: string, now: number): number {
    const window = Math.floor(now / WINDOW_MS);
    if (window !== this.window) {
      this.window = window;
      this.counts = new Map();
    }
    let count = this.counts.get(who);
    if (!count) {
      const name = this.counts.size < MOST ? who : THE_OTHERS;
      count = this.counts.get(name) ?? { total: 0, own: 0 };
      this.counts.set(name, count);
    }
    count.own += 1;
    return (count.total += 1);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** Adds what was counted since the last time, and learns the sums. Never rejects. */
  private async exchange(): Promise<void> {
    const { window, counts } = this;
    const changed = [...counts].filter(([, { own }]) => own > 0);
    await Promise.allSettled(changed.map(([who, count]) => this.exchangeOne(`${window}:${keyOf(who)}`, count)));
  }

  private async exchangeOne(key: string, count: Count): Promise<void> {
    const added = count.own;
    count.own = 0;
    const { consumedPoints } = await this.shared.penalty(key, added);
    count.total = Math.max(count.total, consumedPoints + count.own);
  }
}

/** Seconds until the next full minute, at least 1. */
export const secondsLeft = (now: number): number => Math.ceil((WINDOW_MS - (now % WINDOW_MS)) / 1_000);

/** No names of people in Redis. */
const keyOf = (who: string): string => createHash('sha256').update(who).digest('base64url');
