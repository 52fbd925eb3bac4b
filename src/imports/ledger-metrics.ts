import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Metrics } from '../metrics/index.js';

/** How old an answer of the database may be, milliseconds. */
const FRESH_MS = 2_000;
/** Longest that whoever reads the metrics waits for the database, milliseconds; then the values are the last known. */
const TIMEOUT_MS = 1_000;

const OPEN_STATES = ['queued', 'running', 'paused'] as const;

interface Open {
  readonly state: (typeof OPEN_STATES)[number];
  readonly imports: string;
  /** Unix time, seconds. */
  readonly oldest: number;
  readonly waiting: string;
}

/** Reads the index imports_open, which holds nothing of imports that are over. */
const OPEN_IMPORTS = `
  SELECT state, count(*) AS imports, extract(epoch FROM min(queued_at))::float8 AS oldest,
    CASE state WHEN 'running' THEN
      (SELECT count(*) FROM import_status WHERE state = 'running' AND waiting IS NOT NULL) ELSE 0 END AS waiting
  FROM imports WHERE state IN ('queued', 'running', 'paused') GROUP BY state`;

/** What the ledger says of imports that are not over, asked for when somebody reads the metrics. */
@Injectable()
export class LedgerMetrics {
  private readonly imports;
  private readonly oldestQueued;
  private readonly waiting;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;

  constructor(
    metrics: Metrics,
    private readonly database: DataSource,
  ) {
    const look = (): Promise<void> => this.look();
    this.imports = metrics.gauge('imports', 'Imports that are not over, by state.', { state: OPEN_STATES }, look);
    this.oldestQueued = metrics.gauge(
      'oldest_queued_timestamp_seconds',
      'Since when the import that has waited longest for a worker waits, Unix time; 0 where none does.',
      undefined,
      look,
    );
    this.waiting = metrics.gauge(
      'imports_waiting',
      'Running imports that do not go on for lack of room, or because storage is away.',
      undefined,
      look,
    );
  }

  private async look(): Promise<void> {
    if (performance.now() - this.lookedAt < FRESH_MS) return;
    // One at a time, however many read the metrics while the database is silent.
    this.looking ??= this.ask()
      .catch(() => undefined) // `dependency_up` tells.
      .finally(() => (this.looking = undefined));
    await Promise.race([this.looking, sleep(TIMEOUT_MS, undefined, { ref: false })]);
  }

  private async ask(): Promise<void> {
    const rows = (await this.database.query(OPEN_IMPORTS)) as Open[];
    const of = (state: Open['state']): Open | undefined => rows.find((row) => row.state === state);
    for (const state of OPEN_STATES) this.imports.set({ state }, Number(of(state)?.imports ?? 0));
    this.oldestQueued.set(of('queued')?.oldest ?? 0);
    this.waiting.set(Number(of('running')?.waiting ?? 0));
    this.lookedAt = performance.now();
  }
}
