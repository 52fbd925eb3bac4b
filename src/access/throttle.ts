import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { CONFIG, type Config } from '../config.js';
import { openRedis } from '../shared/lean-redis.js';
import { TooManyAttempts } from './errors.js';

/** How long failures count, seconds. */
const WINDOW_S = 900;
/** Longest wait between two attempts, seconds. */
const LONGEST_WAIT_S = 60;
/** Attempts that a user has from one address before waits begin, and where the user is being attacked from everywhere. */
const FREE_ATTEMPTS = 5;
const FREE_UNDER_ATTACK = 1;
/** Failures of a user from all addresses that make an attack. */
const ATTACK = 50;
/** Failures from one address, whatever the user, before waits begin. */
const FREE_OF_ADDRESS = 20;
/** Most addresses that are known here to wait, so that Redis is not asked for them. */
const MOST_WAITING = 10_000;

/**
 * Makes those wait who guess passwords: 1 second, then 2, 4 … up to a minute. What waits is a user from one address, or
 * an address, but never a user: the right password works from another address at once, however many guess. Counted in
 * Redis for all processes together, and by each process for itself while Redis is away.
 */
@Injectable()
export class Throttle implements OnModuleInit, OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly counts: RateLimiterRedis;
  private readonly waits: RateLimiterRedis;
  /** Until when, by `performance.now()`. */
  private readonly waiting = new Map<string, number>();

  constructor(@Inject(CONFIG) { redisUrl }: Pick<Config, 'redisUrl'>) {
    this.redis = openRedis(redisUrl);
    this.counts = this.limiter('failures', Number.MAX_SAFE_INTEGER, WINDOW_S);
    this.waits = this.limiter('waits', 1, LONGEST_WAIT_S);
  }

  /** Connects, so that the first attempts are counted where the others are. Goes on without Redis where that fails. */
  async onModuleInit(): Promise<void> {
    await this.redis.connect().catch(() => undefined);
  }

  /** Throws TooManyAttempts where this process knows that the address has to wait. Costs next to nothing. */
  checkWaiting(address: string): void {
    const leftMs = (this.waiting.get(address) ?? 0) - performance.now();
    if (leftMs > 0) throw new TooManyAttempts(secondsOf(leftMs));
  }

  /** Lets an attempt pass, and counts it until it turns out to be right. Throws TooManyAttempts where it has to wait. */
  async admit(user: string, address: string): Promise<void> {
    const wait = await this.waits.get(keyOf('address', address));
    if (wait && wait.remainingPoints <= 0) {
      this.noteWaiting(address, wait.msBeforeNext);
      throw new TooManyAttempts(secondsOf(wait.msBeforeNext));
    }
    const pair = keyOf('pair', user, address);
    const [{ consumedPoints: attempts }, ofUser] = await Promise.all([
      this.counts.penalty(pair),
      this.counts.get(keyOf('user', user)),
    ]);
    const free = (ofUser?.consumedPoints ?? 0) >= ATTACK ? FREE_UNDER_ATTACK : FREE_ATTEMPTS;
    if (attempts > free) await this.takeTurn(pair, attempts - free);
  }

  /** The password was wrong. */
  async failed(user: string, address: string): Promise<void> {
    const key = keyOf('address', address);
    const [{ consumedPoints: failures }] = await Promise.all([
      this.counts.penalty(key),
      this.counts.penalty(keyOf('user', user)),
    ]);
    if (failures <= FREE_OF_ADDRESS) return;
    const seconds = waitAfter(failures - FREE_OF_ADDRESS);
    this.noteWaiting(address, seconds * 1_000);
    await this.waits.block(key, seconds);
  }

  /** The password was right. What the address did with other users stays counted. */
  async succeeded(user: string, address: string): Promise<void> {
    const pair = keyOf('pair', user, address);
    await Promise.all([this.counts.delete(pair), this.waits.delete(pair)]);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private noteWaiting(address: string, ms: number): void {
    this.waiting.delete(address);
    this.waiting.set(address, performance.now() + ms);
    if (this.waiting.size > MOST_WAITING) this.waiting.delete(this.waiting.keys().next().value!);
  }

  /** One attempt passes, and the next has to wait; of those that come at once one passes, too. */
  private async takeTurn(pair: string, failures: number): Promise<void> {
    try {
      await this.waits.consume(pair, 1, { customDuration: waitAfter(failures) });
    } catch (refused) {
      throw refused instanceof RateLimiterRes ? new TooManyAttempts(secondsOf(refused.msBeforeNext)) : refused;
    }
  }

  private limiter(name: string, points: number, duration: number): RateLimiterRedis {
    const options = { keyPrefix: `acme-orders:sign-in:${name}`, points, duration };
    return new RateLimiterRedis({
      ...options,
      storeClient: this.redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(options),
    });
  }
}

const waitAfter = (failures: number): number => Math.min(2 ** (failures - 1), LONGEST_WAIT_S);

const secondsOf = (ms: number): number => Math.max(Math.ceil(ms / 1_000), 1);

/** A key of one length, whatever a client sends, and without names of people in Redis. */
const keyOf = (kind: string, ...parts: readonly string[]): string =>
  `${kind}:${createHash('sha256').update(parts.join('\0')).digest('base64url')}`;
