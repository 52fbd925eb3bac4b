import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, ReplyError } from 'ioredis';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { CONFIG, type Config } from '../config.js';

/** What is wrong with Redis: it does not answer, or it may forget jobs to make room. */
export type RedisFault = 'away' | 'may-evict';

/** Longest wait for Redis' answer, milliseconds. */
const TIMEOUT_MS = 1_000;

const SENTENCE: Readonly<Record<RedisFault, string>> = {
  away: 'Redis does not answer; workers find imports by sweeping',
  'may-evict':
    'Redis may forget jobs: it has a maxmemory, and its maxmemory-policy is not noeviction; workers find imports by sweeping',
};

/** Looks at Redis, and logs once when its state has changed. */
@Injectable()
export class RedisState implements OnApplicationShutdown {
  private readonly redis: Redis;
  private fault: RedisFault | null = null;
  private looking: Promise<RedisFault | null> | undefined;
  private isEnding = false;

  constructor(
    @Inject(CONFIG) config: Config,
    @InjectPinoLogger(RedisState.name) private readonly log: PinoLogger,
  ) {
    this.redis = new Redis(config.redisUrl, {
      lazyConnect: true,
      // A server that still loads its data says so to PING.
      enableReadyCheck: false,
      // Its late answer can make a connection that broke look well for ever.
      disableClientInfo: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: TIMEOUT_MS,
      commandTimeout: TIMEOUT_MS,
      retryStrategy: () => null,
    });
    // An error is an answer here; ioredis would print one that nobody listens for.
    this.redis.on('error', () => undefined);
  }

  /** What is wrong with Redis at this moment, null if nothing is. Whoever asks meanwhile gets the same answer. */
  look(): Promise<RedisFault | null> {
    this.looking ??= this.findFault()
      .then((fault) => this.note(fault))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  onApplicationShutdown(): void {
    this.isEnding = true;
    this.redis.disconnect();
  }

  private async findFault(): Promise<RedisFault | null> {
    try {
      if (this.redis.status !== 'ready') await this.redis.connect();
      await this.redis.ping();
      return mayEvict(await this.redis.info('memory')) ? 'may-evict' : null;
    } catch (error) {
      // It answers, but tells this user nothing of its memory.
      if (isDenied(error)) return null;
      // The next look begins anew, whatever this connection has come to.
      this.redis.disconnect();
      return 'away';
    }
  }

  private note(fault: RedisFault | null): RedisFault | null {
    if (fault === this.fault || this.isEnding) return fault;
    this.fault = fault;
    if (fault) this.log.warn({ 'event.reason': fault }, SENTENCE[fault]);
    else this.log.info('Redis is well again');
    return fault;
  }
}

const isDenied = (error: unknown): boolean =>
  error instanceof (ReplyError as ErrorConstructor) && /^(NOPERM|ERR unknown command)/.test(error.message);

/**
 * Whether a Redis that says this of its memory throws keys away when that is full, jobs too.
 *
 * @param info its answer to `INFO memory`
 * @see https://redis.io/docs/latest/develop/reference/eviction/ without a maxmemory there is no eviction
 */
export function mayEvict(info: string): boolean {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  return Number(field('maxmemory') ?? 0) > 0 && (field('maxmemory_policy') ?? 'noeviction') !== 'noeviction';
}
