import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Metrics } from './metrics.js';

/** What the pool of connections to PostgreSQL holds. */
@Injectable()
export class PoolMetrics {
  constructor(metrics: Metrics, database: DataSource) {
    const pool = (): Pool => (database.driver as unknown as { master: Pool }).master;
    const connections = metrics.gauge(
      'pg_pool_connections',
      'Connections of this process to PostgreSQL: those in use, and those that wait for use.',
      { state: ['busy', 'idle'] },
      () => {
        const { totalCount, idleCount } = pool();
        connections.set({ state: 'busy' }, totalCount - idleCount);
        connections.set({ state: 'idle' }, idleCount);
      },
    );
    const waiting = metrics.gauge(
      'pg_pool_waiting',
      'Callers in this process that wait for a connection to PostgreSQL.',
      undefined,
      () => {
        waiting.set(pool().waitingCount);
      },
    );
  }
}
