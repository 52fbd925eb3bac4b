import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DependencyWatch } from './dependency-watch.js';
import { HealthController } from './health.controller.js';
import { MigrationsIndicator } from './migrations.indicator.js';
import { RedisIndicator } from './redis.indicator.js';
import { RedisState } from './redis-state.js';

/** Probes, and a watch over what the service leans on. Every role answers them. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [DependencyWatch, MigrationsIndicator, RedisIndicator, RedisState],
})
export class HealthModule {}
