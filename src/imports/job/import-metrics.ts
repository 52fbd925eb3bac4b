import { Injectable } from '@nestjs/common';
import { Metrics } from '../../metrics/index.js';
import type { Lease } from './lease.js';

/** What a worker counts of the times when something had to be made good. */
@Injectable()
export class ImportMetrics {
  private readonly takeovers;
  private readonly leasesLost;
  private readonly reconciled;

  constructor(metrics: Metrics) {
    this.takeovers = metrics.counter(
      'takeovers_total',
      'Segments taken over from an owner whose connection is gone, or whose lease has expired.',
      { cause: ['gone', 'expired'] },
    );
    this.leasesLost = metrics.counter('lease_lost_total', 'Segments lost to another owner while this worker ran them.');
    this.reconciled = metrics.counter(
      'reconciled_total',
      'Imports found by a sweep before anybody rang for them, and statuses rebuilt from the ledger.',
      { cause: ['unrung', 'status'] },
    );
  }

  /** @param bySweep whether a sweep found the segment, and not the bell or a slot that looked for more */
  takenUp({ takenOver, token }: Lease, bySweep: boolean): void {
    if (takenOver) this.takeovers.inc({ cause: takenOver });
    // What ran before may wait for a worker without a bell: its last one ended.
    if (bySweep && token === 1) this.reconciled.inc({ cause: 'unrung' });
  }

  leaseLost(): void {
    this.leasesLost.inc();
  }

  statusesRebuilt(count: number): void {
    this.reconciled.inc({ cause: 'status' }, count);
  }
}
