import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Metrics } from '../metrics/index.js';
import { RedisState } from './redis-state.js';

/** Time between two looks, milliseconds. */
const WATCH_MS = 5_000;
/** Longest wait for PostgreSQL's answer, milliseconds. */
const TIMEOUT_MS = 1_000;

/** Looks at PostgreSQL and Redis by itself, so that metrics and log tell of them although nobody probes. */
@Injectable()
export class DependencyWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly up;
  private readonly redisPolicyOk;
  private timer: NodeJS.Timeout | undefined;
  private pinging: Promise<boolean> | undefined;

  constructor(
    metrics: Metrics,
    private readonly database: DataSource,
    private readonly redis: RedisState,
  ) {
    const dependency = ['postgresql', 'redis'] as const;
    this.up = metrics.gauge('dependency_up', 'Whether what the service leans on answers.', { dependency });
    this.redisPolicyOk = metrics.gauge(
      'redis_policy_ok',
      'Whether Redis, when last seen, kept every job: no maxmemory, or the policy noeviction.',
    );
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), WATCH_MS).unref();
    this.look();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    void this.lookAtDatabase();
    void this.lookAtRedis();
  }

  private async lookAtRedis(): Promise<void> {
    const fault = await this.redis.look();
    this.up.set({ dependency: 'redis' }, fault === 'away' ? 0 : 1);
    if (fault !== 'away') this.redisPolicyOk.set(fault === 'may-evict' ? 0 : 1);
  }

  private async lookAtDatabase(): Promise<void> {
    // One at a time: each takes a connection for as long as the server is silent.
    this.pinging ??= this.database
      .query('SELECT 1')
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.pinging = undefined));
    const isUp = await Promise.race([this.pinging, sleep(TIMEOUT_MS, false, { ref: false })]);
    this.up.set({ dependency: 'postgresql' }, isUp ? 1 : 0);
  }
}
