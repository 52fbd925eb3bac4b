import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RedisState } from './redis-state.js';

/** Whether Redis does all it should. If not, it degrades the service and never takes it out: imports are found by sweeping. */
@Injectable()
export class RedisIndicator {
  constructor(
    private readonly health: HealthIndicatorService,
    private readonly redis: RedisState,
  ) {}

  /** Degraded with `reason`: `away` or `may-evict`. */
  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.health.check('redis');
    const reason = await this.redis.look();
    return reason ? indicator.degraded({ reason }) : indicator.up();
  }
}
