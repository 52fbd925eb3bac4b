import { Injectable } from '@nestjs/common';
import { Metrics } from '../../metrics/index.js';
import { RULES } from '../../orders/index.js';
import type { Totals } from '../segment.entity.js';
import type { Lease } from './lease.js';
import type { ReadPhase } from './phase-clock.js';

/** What the time of a chunk goes into: `read` and `judge` of the next one pass while this one is stored. */
export type Phase = ReadPhase | 'store' | 'commit';

/** Upper bounds of a phase, seconds. */
const PHASE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Upper bounds of an import's life, seconds. */
const IMPORT_BUCKETS = [0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400];

const OUTCOMES = ['valid', 'invalid', 'duplicate', 'malformed'] as const;

/** What a worker counts: its work, and the times when something had to be made good. */
@Injectable()
export class ImportMetrics {
  private readonly records;
  private readonly violations;
  private readonly bytesRead;
  private readonly phases;
  private readonly lastCommit;
  private readonly ended;
  private readonly waits;
  private readonly durations;
  private readonly stuck;
  private readonly takeovers;
  private readonly leasesLost;
  private readonly reconciled;

  constructor(private readonly metrics: Metrics) {
    const rule = RULES.map(({ code }) => code);
    this.records = metrics.counter('records_total', 'Records committed, by what became of them.', {
      outcome: OUTCOMES,
    });
    this.violations = metrics.counter('violations_total', 'Rules that committed records break.', { rule });
    this.bytesRead = metrics.counter('bytes_read_total', 'Bytes of files whose records are committed.');
    this.phases = metrics.histogram(
      'chunk_duration_seconds',
      'Time that each phase of a chunk took: waiting for its bytes, judging its records, writing them, and committing.',
      PHASE_BUCKETS,
      { phase: ['read', 'judge', 'store', 'commit'] },
    );
    this.lastCommit = metrics.gauge(
      'last_chunk_commit_timestamp_seconds',
      'When this worker last committed a chunk, Unix time; 0 before the first.',
    );
    const outcome = ['completed', 'failed'];
    this.ended = metrics.counter('imports_ended_total', 'Imports that this worker brought to an end.', { outcome });
    this.waits = metrics.histogram('queue_wait_seconds', 'Time that an import waited for its start.', IMPORT_BUCKETS);
    this.durations = metrics.histogram(
      'import_duration_seconds',
      'Time from the start of an import to its end.',
      IMPORT_BUCKETS,
      { outcome },
    );
    this.stuck = metrics.counter(
      'poison_total',
      'Imports given up because worker after worker ended at the same records.',
    );
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

  /** @param busy how many slots have work just now */
  watchSlots(slots: number, busy: () => number): void {
    const gauge = this.metrics.gauge(
      'worker_slots',
      'Segments that this worker runs, and that it could run besides.',
      { state: ['busy', 'idle'] },
      () => {
        gauge.set({ state: 'busy' }, busy());
        gauge.set({ state: 'idle' }, slots - busy());
      },
    );
  }

  /** @param ms milliseconds */
  tookTime(phase: Phase, ms: number): void {
    this.phases.observe({ phase }, ms / 1000);
  }

  /** @param before and after it: totals of the segment */
  chunkCommitted(before: Totals, after: Totals, bytes: number): void {
    this.bytesRead.inc(bytes);
    this.lastCommit.setToCurrentTime();
    // What was displaced was counted when it was stored, and counts once more as a duplicate: a counter never falls.
    for (const outcome of OUTCOMES) this.records.inc({ outcome }, Math.max(after[outcome] - before[outcome], 0));
    for (const { code } of RULES) {
      const more = (after.violations[code] ?? 0) - (before.violations[code] ?? 0);
      if (more > 0) this.violations.inc({ rule: code }, more);
    }
  }

  importEnded(outcome: 'completed' | 'failed', queuedAt: Date, startedAt: Date, finishedAt: Date): void {
    this.ended.inc({ outcome });
    this.waits.observe(secondsBetween(queuedAt, startedAt));
    this.durations.observe({ outcome }, secondsBetween(startedAt, finishedAt));
  }

  /** It could not go on, and was not brought to its end by its own records. */
  importGivenUp(isStuck: boolean): void {
    this.ended.inc({ outcome: 'failed' });
    if (isStuck) this.stuck.inc();
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

/** Both are the database's, so that no clock of a process has a part in it. */
const secondsBetween = (from: Date, to: Date): number => Math.max(to.getTime() - from.getTime(), 0) / 1000;
