import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Redis } from 'ioredis';
import { CONFIG, type Config } from '../config.js';

/** Longest wait for Redis' answer, milliseconds. */
const TIMEOUT_MS = 1_000;

/** Whether Redis answers. It being away degrades the service and never takes it out: imports are found by sweeping. */
@Injectable()
export class RedisIndicator implements OnApplicationShutdown {
  private readonly redis: Redis;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly health: HealthIndicatorService,
  ) {
    this.redis = new Redis(config.redisUrl, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      connectTimeout: TIMEOUT_MS,
      commandTimeout: TIMEOUT_MS,
      retryStrategy: () => null,
    });
    // An error is an answer here; ioredis would print one that nobody listens for.
    this.redis.on('error', () => undefined);
  }

  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.health.check('redis');
    try {
      if (this.redis.status !== 'ready') await this.redis.connect();
      await this.redis.ping();
      return indicator.up();
    } catch {
      return indicator.degraded();
    }
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
