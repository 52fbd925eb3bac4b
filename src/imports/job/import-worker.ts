import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { rebuildStaleStatus } from '../status/rebuild-status.js';
import { forgetOldKeys } from '../upload/idempotency-keys.js';
import { ImportMetrics } from './import-metrics.js';
import { LeaseKeeper, type HeldLease } from './lease-keeper.js';
import { endStalledTransactions } from './lease.js';
import { SegmentRunner } from './segment-runner.js';

/** Time between two removals of what is kept for a while only, milliseconds. */
const TIDY_MS = 3_600_000;

/**
 * Takes up segments, as many at once as there are slots. It is rung by Bull, and sweeps by itself for what nobody rang
 * for: imports whose job was lost, segments whose owner died, statuses that fell behind.
 */
@Injectable()
export class ImportWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stop = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private sweep: NodeJS.Timeout | undefined;
  private tidying: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    private readonly leases: LeaseKeeper,
    private readonly runner: SegmentRunner,
    private readonly metrics: ImportMetrics,
    @InjectPinoLogger(ImportWorker.name) private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.sweep = setInterval(() => void this.sweepOnce(), this.config.imports.sweepMs);
    this.tidying = setInterval(() => void this.tidy(), TIDY_MS);
  }

  /** Stops claiming, lets every slot finish the chunk at hand, and gives the leases back. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.sweep);
    clearInterval(this.tidying);
    this.stop.abort();
    await Promise.all(this.running);
  }

  /**
   * Works in a free slot: on the given import first, then on whatever waits, until nothing does. Resolves at once
   * where no slot is free; whoever has one comes to it. Never rejects.
   */
  async work(importId?: string): Promise<void> {
    if (this.stop.signal.aborted || this.running.size >= this.config.imports.slots) return;
    const working = this.workOff(importId);
    this.running.add(working);
    await working;
    this.running.delete(working);
  }

  private async workOff(importId?: string): Promise<void> {
    let wanted = importId;
    let bySweep = importId === undefined;
    try {
      while (!this.stop.signal.aborted) {
        const held = await this.leases.claim(wanted);
        if (held) {
          this.metrics.takenUp(held.lease, bySweep);
          await this.runHeld(held);
        } else if (wanted === undefined) return;
        else wanted = undefined;
        bySweep = false;
      }
    } catch (error) {
      this.log.error({ err: error, importId }, 'segment stopped; it is taken up again');
    }
  }

  private async tidy(): Promise<void> {
    try {
      await forgetOldKeys(this.database);
    } catch (error) {
      this.log.warn({ err: error }, 'tidying failed');
    }
  }

  private async runHeld(held: HeldLease): Promise<void> {
    try {
      await this.runner.run(held, this.stop.signal);
    } catch (error) {
      // Where the database cannot be reached the lease goes with the connection.
      await held.giveBack().catch(() => undefined);
      throw error;
    } finally {
      held.letGo();
    }
  }

  private async sweepOnce(): Promise<void> {
    try {
      const rebuilt = await rebuildStaleStatus(this.database);
      this.metrics.statusesRebuilt(rebuilt);
      // Mostly an event that was still on its way, which would have come to the same.
      if (rebuilt > 0) this.log.debug({ rebuilt }, 'import statuses rebuilt from the ledger');
      const ended = await endStalledTransactions(this.database, this.config.imports.leaseMs);
      if (ended > 0) this.log.warn({ ended }, 'transactions of workers that stand still were ended');
    } catch (error) {
      this.log.warn({ err: error }, 'sweep failed');
    }
    await this.work();
  }
}
