import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { TidyOrdersCommand } from '../../orders/index.js';
import { inLogContext, type LogContext } from '../../shared/logging/log-context.js';
import { isOutOfRoom, isPassing, isStorageAway } from '../../shared/passing-fault.js';
import { STORAGE, type Storage } from '../../shared/storage/index.js';
import type { SpanAttributes } from '../../shared/tracing/span.js';
import { noteFault, traced } from '../../shared/tracing/tracing.js';
import { removeOldFiles } from '../old-files.js';
import { rebuildStaleStatus } from '../status/rebuild-status.js';
import { forgetTrials } from '../trial-orders.js';
import { forgetOldKeys } from '../upload/idempotency-keys.js';
import { forgetDeadWorkers, WorkerRoster } from '../workers/worker-roster.js';
import { IMPORT_QUEUE } from './doorbell.js';
import { ImportMetrics } from './import-metrics.js';
import { LeaseKeeper, type HeldLease } from './lease-keeper.js';
import { endStalledTransactions, type Lease, type Release } from './lease.js';
import { SegmentRunner } from './segment-runner.js';
import { UndoRunner } from './undo-runner.js';

/** Time between two removals of what is kept for a while only, milliseconds. */
const TIDY_MS = 60_000;
/** Time before something is tried again that has no room or no storage, milliseconds. */
const WAIT_MS = 2_000;

/**
 * Takes up segments, as many at once as there are slots. It is rung by Bull, and sweeps by itself for what nobody rang
 * for: imports whose job was lost, segments whose owner died, statuses that fell behind.
 */
@Injectable()
export class ImportWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stop = new AbortController();
  private readonly running = new Set<Promise<void>>();
  /** Slots that have a segment; others may be looking for one. */
  private busy = 0;
  private removing: Promise<void> | undefined;
  private tidied: Promise<void> | undefined;
  private sweep: NodeJS.Timeout | undefined;
  private tidying: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    private readonly commands: CommandBus,
    @Inject(STORAGE) private readonly storage: Storage,
    private readonly leases: LeaseKeeper,
    private readonly runner: SegmentRunner,
    private readonly undo: UndoRunner,
    private readonly metrics: ImportMetrics,
    private readonly roster: WorkerRoster,
    @InjectPinoLogger(ImportWorker.name) private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    this.metrics.watchSlots(this.config.imports.slots, () => this.busy);
    this.sweep = setInterval(() => void this.sweepOnce(), this.config.imports.sweepMs);
    void this.roster.beat();
    const tidy = () => void (this.tidied = this.tidy());
    this.tidying = setInterval(tidy, TIDY_MS);
    tidy();
  }

  /** Stops claiming, lets every slot finish the chunk at hand, and gives the leases back. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.sweep);
    clearInterval(this.tidying);
    this.stop.abort();
    await Promise.all([...this.running, this.removing, this.tidied, this.roster.leave()]);
  }

  /**
   * Works in a free slot: on the given import first, then on whatever waits, until nothing does. Resolves at once
   * where no slot is free; whoever has one comes to it. Never rejects.
   */
  async work(importId?: string, isSweep = false): Promise<void> {
    if (this.stop.signal.aborted || this.running.size >= this.config.imports.slots) return;
    const working = this.workOff(importId, isSweep);
    this.running.add(working);
    await working;
    this.running.delete(working);
  }

  /** Removes the orders of imports that are to be undone. Never rejects. */
  async removeOrders(): Promise<void> {
    if (this.stop.signal.aborted || this.removing) return;
    this.removing = this.undo.run(this.stop.signal).catch((error: unknown) => {
      this.log.error({ err: error }, 'orders not removed; it is tried again');
    });
    await this.removing;
    this.removing = undefined;
  }

  private async workOff(importId?: string, isSweep = false): Promise<void> {
    let wanted = importId;
    let bySweep = isSweep;
    try {
      while (!this.stop.signal.aborted) {
        const held = await this.leases.claim(wanted);
        const isAnybodys = wanted === undefined;
        // From now on whatever has waited longest.
        wanted = undefined;
        if (held) {
          this.metrics.takenUp(held.lease, bySweep);
          // There may be more of it for the slots that are free.
          void this.work();
          if (!(await this.followed(held))) return;
        } else if (isAnybodys) return;
        bySweep = false;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'no segment claimed; it is tried again');
    }
  }

  private async tidy(): Promise<void> {
    try {
      await forgetOldKeys(this.database);
      await forgetTrials(this.database);
      await this.commands.execute(new TidyOrdersCommand(true));
      await forgetDeadWorkers(this.database);
      await removeOldFiles(this.database, this.storage, this.config.imports.keepFilesDays);
    } catch (error) {
      this.log.warn({ err: error }, 'tidying failed');
    }
  }

  /** Runs a segment, so that log and trace of it can be followed from the request that brought the import. */
  private followed(held: HeldLease): Promise<boolean> {
    const span = { kind: 'consumer', link: held.lease.traceparent, attributes: spanAttributes(held.lease) } as const;
    return inLogContext(aboutLease(held.lease), () => traced('process imports', span, () => this.runHeld(held)));
  }

  /** Whether all went well. After a fault the slot waits for the next look. */
  private async runHeld(held: HeldLease): Promise<boolean> {
    this.busy += 1;
    try {
      await this.runner.run(held, this.stop.signal);
      return true;
    } catch (error) {
      noteFault(error);
      // Where the database cannot be reached the lease goes with the connection.
      await held.giveBack(releaseAfter(error)).catch(() => undefined);
      this.log.error({ err: error, 'import.segment': held.lease.segment }, 'segment stopped; it is taken up again');
      return false;
    } finally {
      held.letGo();
      this.busy -= 1;
    }
  }

  private async sweepOnce(): Promise<void> {
    void this.roster.beat();
    try {
      const rebuilt = await rebuildStaleStatus(this.database);
      this.metrics.statusesRebuilt(rebuilt);
      // Mostly an event that was still on its way, which would have come to the same.
      if (rebuilt > 0) this.log.debug({ 'import.statuses': rebuilt }, 'import statuses rebuilt from the ledger');
      const ended = await endStalledTransactions(this.database, this.config.imports.leaseMs);
      if (ended > 0)
        this.log.warn({ 'import.transactions': ended }, 'transactions of workers that stand still were ended');
    } catch (error) {
      this.log.warn({ err: error }, 'sweep failed');
    }
    await Promise.all([this.work(undefined, true), this.removeOrders(), this.tidyOrders()]);
  }

  /** What can wait does so until no import runs here, or for a minute: see `tidy`. */
  private async tidyOrders(): Promise<void> {
    try {
      await this.commands.execute(new TidyOrdersCommand(this.running.size === 0));
    } catch (error) {
      this.log.warn({ err: error }, 'orders not tidied; it is tried again');
    }
  }
}

const aboutLease = ({ importId, requestId }: Lease): LogContext => ({
  'http.request.id': requestId,
  'labels.import_id': importId,
});

const spanAttributes = ({ importId, segment, token }: Lease): SpanAttributes => ({
  'messaging.system': 'bull',
  'messaging.destination.name': IMPORT_QUEUE,
  'messaging.operation.type': 'process',
  'messaging.message.id': importId,
  'import.id': importId,
  'import.segment': segment,
  'import.lease_token': token,
});

/** After a fault that passes, nobody is to blame, and where it takes a while to pass nobody hurries. */
const releaseAfter = (error: unknown): Release => ({
  pauseMs: isOutOfRoom(error) || isStorageAway(error) ? WAIT_MS : 0,
  isSuspect: !isPassing(error),
});
