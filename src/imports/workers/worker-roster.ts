import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { VERSION } from '../../shared/version.js';

/** What this process is called as the owner of leases, and among the workers. */
export const WORKER_ID = `${hostname()}:${process.pid}`;

/** Least time between two heartbeats, milliseconds. */
const BEAT_MS = 5_000;
/** Heartbeats that a worker may miss before it is taken for dead. */
const MISSED_BEATS = 3;
/** Longest wait of a worker that ends for its name to be struck out, milliseconds. */
const LEAVE_MS = 1_000;

const BEAT = `
  INSERT INTO workers AS known (id, host, pid, version, slots, started_at, heartbeat_at, alive_until)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp() - $6 * interval '1 second', clock_timestamp(),
    clock_timestamp() + $7 * interval '1 millisecond')
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, slots = excluded.slots,
    -- A container that is started again has its host name and its process id again.
    started_at = CASE WHEN $8 THEN excluded.started_at ELSE known.started_at END,
    heartbeat_at = excluded.heartbeat_at, alive_until = excluded.alive_until`;

/** Keeps this worker among those that operators see. Only for their eyes: leases need none of it. */
@Injectable()
export class WorkerRoster {
  private beatAt = Number.NEGATIVE_INFINITY;
  private hasBegun = false;
  private hasLeft = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    @InjectPinoLogger(WorkerRoster.name) private readonly log: PinoLogger,
  ) {}

  /** Says that this worker lives, at most every few seconds, however often it is called. Never rejects. */
  async beat(): Promise<void> {
    if (this.hasLeft || performance.now() - this.beatAt < BEAT_MS) return;
    this.beatAt = performance.now();
    const { slots, sweepMs } = this.config.imports;
    const aliveMs = MISSED_BEATS * Math.max(BEAT_MS, sweepMs);
    const own = [WORKER_ID, hostname(), process.pid, VERSION, slots];
    try {
      await this.database.query(BEAT, [...own, process.uptime(), aliveMs, !this.hasBegun]);
      this.hasBegun = true;
      if (this.hasLeft) await this.strikeOut();
    } catch (error) {
      this.log.warn({ err: error }, 'heartbeat not written');
    }
  }

  /** This worker ends in good order. Never rejects. */
  async leave(): Promise<void> {
    this.hasLeft = true;
    await Promise.race([this.strikeOut().catch(() => undefined), sleep(LEAVE_MS, undefined, { ref: false })]);
  }

  private async strikeOut(): Promise<void> {
    await this.database.query('DELETE FROM workers WHERE id = $1', [WORKER_ID]);
  }
}

/** Forgets workers that have been dead for a while. */
export async function forgetDeadWorkers(database: DataSource): Promise<void> {
  await database.query(`DELETE FROM workers WHERE alive_until < clock_timestamp() - interval '10 minutes'`);
}
