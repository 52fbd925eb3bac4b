import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.js';
import { MetricsServer } from './metrics.server.js';
import { PoolMetrics } from './pool-metrics.js';
import { StorageMetrics } from './storage-metrics.js';

/** What Prometheus reads of a process. Every role answers it; every module may add to it. */
@Global()
@Module({})
export class MetricsModule {
  /** With a METRICS_PORT, the main port has no metrics. */
  static forPort(metricsPort: Config['metricsPort']): DynamicModule {
    return {
      module: MetricsModule,
      controllers: metricsPort === null ? [MetricsController] : [],
      providers: [Metrics, MetricsServer, PoolMetrics, StorageMetrics],
      exports: [Metrics],
    };
  }
}
