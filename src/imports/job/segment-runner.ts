import { Inject, Injectable } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { AwaitedPublisher } from '../../shared/awaited-publisher.js';
import { faultPoint } from '../../shared/fault-point.js';
import { isOutOfRoom, isStorageAway } from '../../shared/passing-fault.js';
import { STORAGE, StorageObjectChanged, StorageObjectGone, type Storage } from '../../shared/storage/index.js';
import { traced } from '../../shared/tracing/tracing.js';
import { ImportAdvanced, ImportCompleted, ImportFailed, ImportWaiting } from '../events.js';
import { ImportEntity, type Failure } from '../import.entity.js';
import { SegmentEntity, type Totals } from '../segment.entity.js';
import { totalsOfImport } from '../status/import-totals.js';
import type { Chunk } from './chunk.js';
import { ChunkStocks } from './chunk-stock.js';
import { ChunkStore, type Ended } from './chunk-store.js';
import { ImportMetrics } from './import-metrics.js';
import type { HeldLease } from './lease-keeper.js';
import { ImportHalted, LeaseLost, release, type Lease } from './lease.js';
import { PaceMeters } from './pace-meter.js';
import { readChunks } from './read-chunks.js';

/** Claims of a segment in a row without a chunk committed, after which its import fails instead of killing on. */
const MAX_FRUITLESS_CLAIMS = 5;

/** What a run needs to know of its segment. */
interface Run {
  readonly lease: Lease;
  readonly entity: ImportEntity;
  readonly segment: SegmentEntity;
  readonly startedAt: Date;
  /** Of the import when this run began. */
  readonly revision: number;
}

/** Runs a claimed segment from its checkpoint to its end, or until it is told to stop. */
@Injectable()
export class SegmentRunner {
  private readonly paces = new PaceMeters();
  private readonly stock: ChunkStocks;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(STORAGE) private readonly storage: Storage,
    private readonly database: DataSource,
    private readonly chunks: ChunkStore,
    private readonly events: AwaitedPublisher,
    private readonly metrics: ImportMetrics,
    @InjectPinoLogger(SegmentRunner.name) private readonly log: PinoLogger,
  ) {
    this.stock = new ChunkStocks(config.imports.chunkRecords);
  }

  /**
   * Ends quietly when the lease is lost. When `stop` aborts, ends behind the chunk at hand and gives the lease back.
   *
   * @throws what the database or the storage threw; the caller gives the lease back, and the segment is taken up again
   */
  async run({ lease, lost }: HeldLease, stop: AbortSignal): Promise<void> {
    const run = await this.begin(lease);
    if (!run) return;
    const { importId } = lease;
    const log = { 'import.segment': lease.segment, 'import.lease_token': lease.token };
    this.log.info({ ...log, 'import.from_byte': run.segment.nextByte }, 'segment taken up');
    try {
      const isDone = await this.runChunks(run, stop, lost);
      if (!isDone) await release(this.database, lease);
      this.log.info(log, isDone ? 'segment done' : 'segment given back');
    } catch (error) {
      if (lost.aborted || error instanceof LeaseLost) {
        this.metrics.leaseLost();
        this.log.warn(log, 'lease lost');
      } else if (error instanceof ImportHalted) {
        await release(this.database, lease);
        this.log.info(log, 'import halted');
      } else if (error instanceof StorageObjectGone || error instanceof StorageObjectChanged) {
        await this.fail(importId, { code: error.code, params: {} });
        await release(this.database, lease);
        this.log.error({ ...log, 'error.code': error.code }, 'import failed');
      } else {
        const waiting = waitingFor(error);
        if (waiting) await this.publish(new ImportWaiting(importId, run.revision, waiting));
        throw error;
      }
    }
  }

  private async begin(lease: Lease): Promise<Run | null> {
    const { importId, segment: number } = lease;
    if (lease.fruitlessClaims > MAX_FRUITLESS_CLAIMS) {
      const stuck = await this.database.manager.findOneByOrFail(SegmentEntity, { importId, number });
      const { nextRecord, nextByte: fromByte, toByte } = stuck;
      const params = { record: nextRecord + 1, fromByte, toByte, claims: MAX_FRUITLESS_CLAIMS };
      await this.fail(importId, { code: 'imports.stuck', params });
      await release(this.database, lease);
      return null;
    }
    const [rows] = (await this.database.query(
      `UPDATE imports SET state = 'running', started_at = coalesce(started_at, clock_timestamp()),
         revision = revision + (state = 'queued')::int
       WHERE id = $1 AND state IN ('queued', 'running') RETURNING started_at, revision`,
      [importId],
    )) as [{ started_at: Date; revision: string }[], number];
    if (!rows[0]) {
      await release(this.database, lease);
      return null;
    }
    faultPoint('after-claim');
    const entity = await this.database.manager.findOneByOrFail(ImportEntity, { id: importId });
    const segment = await this.database.manager.findOneByOrFail(SegmentEntity, { importId, number });
    const run = { lease, entity, segment, startedAt: rows[0].started_at, revision: Number(rows[0].revision) };
    await this.advance(run);
    return run;
  }

  /** Commits chunk by chunk, while the next one is read. Returns whether there is nothing left to do. */
  private async runChunks(run: Run, stop: AbortSignal, lost: AbortSignal): Promise<boolean> {
    const { segment, entity, lease } = run;
    const stretch = {
      begin: { offset: segment.nextByte, record: segment.nextRecord, line: segment.nextLine },
      destination: segment.destination,
      toByte: segment.toByte,
    };
    const stock = this.stock.share();
    const chunks = readChunks(this.storage, entity, stretch, stock, lost, (phase, ms) =>
      this.metrics.tookTime(phase, ms),
    );
    let totals = totalsOf(segment);
    let fromByte = segment.nextByte;
    try {
      let ahead = next(chunks);
      for (let chunk = await ahead; chunk; chunk = await ahead) {
        lost.throwIfAborted();
        const isLast = chunk.end.offset === segment.toByte;
        if (!isLast) ahead = next(chunks);
        const span = { attributes: { 'import.to_byte': chunk.end.offset, 'import.to_record': chunk.end.record } };
        const before = totals;
        const committed = await traced('import.chunk', span, () =>
          this.chunks.commit(lease, chunk, before, isLast, entity),
        );
        faultPoint('after-commit-before-event');
        this.metrics.chunkCommitted(totals, committed.totals, chunk.end.offset - fromByte);
        totals = committed.totals;
        fromByte = chunk.end.offset;
        // No other chunk is being filled.
        if (isLast) stock.giveBack();
        if (committed.ended) {
          await this.finish(run, committed.ended);
          // Of an import that failed the segment is still open: whoever retries it need not wait for the lease to end.
          return committed.ended.failure === null;
        }
        if (isLast || this.paces.isDue(lease.importId)) await this.advance(run);
        if (isLast) return true;
        if (stop.aborted) return false;
      }
      return true;
    } finally {
      await chunks.return(undefined);
    }
  }

  /** Tells how far the whole import is. */
  private async advance({ lease: { importId }, revision, startedAt, entity }: Run): Promise<void> {
    const { bytesRead, totals } = await totalsOfImport(this.database, importId);
    const pace = this.paces.mark(importId, revision, recordsOf(totals), bytesRead);
    await this.publish(new ImportAdvanced(importId, revision, startedAt, bytesRead, totals, pace, entity.dryRun));
  }

  private async finish({ lease: { importId }, entity, startedAt }: Run, ended: Ended): Promise<void> {
    const { revision, finishedAt, bytesRead, totals, failure } = ended;
    this.paces.forget(importId);
    this.metrics.importEnded(failure ? 'failed' : 'completed', entity.queuedAt, startedAt, finishedAt);
    const { dryRun } = entity;
    if (failure) {
      await this.publish(new ImportAdvanced(importId, revision - 1, startedAt, bytesRead, totals, null, dryRun));
      await this.publish(new ImportFailed(importId, revision, finishedAt, failure));
    } else {
      await this.publish(new ImportCompleted(importId, revision, startedAt, finishedAt, bytesRead, totals, dryRun));
    }
  }

  private async fail(importId: string, failure: Failure): Promise<void> {
    const [rows] = (await this.database.query(
      `UPDATE imports SET state = 'failed', revision = revision + 1, finished_at = clock_timestamp(), failure = $2
       WHERE id = $1 AND state IN ('queued', 'running') RETURNING revision, finished_at`,
      [importId, failure],
    )) as [{ revision: string; finished_at: Date }[], number];
    const [row] = rows;
    if (!row) return;
    this.metrics.importGivenUp(failure.code === 'imports.stuck');
    await this.publish(new ImportFailed(importId, Number(row.revision), row.finished_at, failure));
  }

  /** A status that could not be updated is no reason to stop: the sweeper rebuilds it from the ledger. */
  private async publish(event: object): Promise<void> {
    try {
      await this.events.publish(event);
    } catch (error) {
      this.log.warn({ err: error, 'event.action': event.constructor.name }, 'import status not updated');
    }
  }
}

/** What an import waits for after a fault that passes by itself; null after any other. */
function waitingFor(error: unknown): Failure | null {
  if (isOutOfRoom(error)) return { code: 'storage.full', params: {} };
  return isStorageAway(error) ? { code: 'storage.away', params: {} } : null;
}

/** Begins to read the next chunk. Its error is kept until the chunk is asked for. */
function next(chunks: AsyncGenerator<Chunk>): Promise<Chunk | undefined> {
  const ahead = chunks.next().then(({ value, done }) => (done ? undefined : (value as Chunk)));
  ahead.catch(() => undefined);
  return ahead;
}

const totalsOf = ({ valid, invalid, duplicate, malformed, violations, malformations }: SegmentEntity): Totals => ({
  valid,
  invalid,
  duplicate,
  malformed,
  violations,
  malformations,
});

const recordsOf = ({ valid, invalid, duplicate, malformed }: Totals): number => valid + invalid + duplicate + malformed;
