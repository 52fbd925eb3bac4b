import { Redis } from 'ioredis';

/** Redis that does not answer within this time, milliseconds, counts as away. */
const REDIS_MS = 500;

/**
 * A connection for what does without Redis while it is away: every command fails soon then. Not connected yet; it
 * connects again by itself.
 */
export function openRedis(url: string): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    // Its late answer can make a connection that broke look well for ever.
    disableClientInfo: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: REDIS_MS,
    commandTimeout: REDIS_MS,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
  // Whoever asks has something else; ioredis would print an error that nobody listens for.
  redis.on('error', () => undefined);
  return redis;
}
