import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { IdsInFlight, StoreOrdersCommand, WayBlocked, type StoreOptions } from '../../orders/index.js';
import { areFaultPointsOpen, faultPoint } from '../../shared/fault-point.js';
import { inPipeline, type Pipeline } from '../../shared/pipeline.js';
import type { Failure, ImportEntity } from '../import.entity.js';
import type { Totals } from '../segment.entity.js';
import { totalsInPipeline, type ImportTotals } from '../status/import-totals.js';
import { FIRST_RECORDS, REJECT_COPY_COLUMNS, type Chunk } from './chunk.js';
import { INSERT_REJECTS, rejectsOfGone } from './gone-orders.js';
import { ImportMetrics } from './import-metrics.js';
import { fence, ImportHalted, type Lease } from './lease.js';

/** What a committed chunk came to. */
export interface Committed {
  /** Totals of the segment, absolute. */
  readonly totals: Totals;
  /** Set where the import ended with this chunk. */
  readonly ended: Ended | null;
}

/** The end of an import. */
export interface Ended extends ImportTotals {
  readonly revision: number;
  readonly finishedAt: Date;
  /** Why it failed; null where it was completed. */
  readonly failure: Failure | null;
}

/** What an import's options ask of each of its chunks. */
export type Terms = Pick<ImportEntity, 'onDuplicate' | 'dryRun' | 'maxRejects'>;

/** A unique violation and a deadlock: somebody else stored one of the ids between the look-up and the copy. */
const RACES = ['23505', '40P01'];

const isRace = (error: unknown): boolean =>
  error instanceof WayBlocked || RACES.includes((error as { code?: string }).code ?? '');

/** Commits chunks: orders, rejects, checkpoint and totals in one transaction, behind the lease's fencing token. */
@Injectable()
export class ChunkStore {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    private readonly commands: CommandBus,
    private readonly inFlight: IdsInFlight,
    private readonly metrics: ImportMetrics,
  ) {}

  /**
   * @param totals of the segment before this chunk
   * @param isLast whether the segment ends with this chunk
   * @throws LeaseLost if another worker owns the segment, ImportHalted if an operator stopped the import; then nothing
   * was written
   */
  async commit(lease: Lease, chunk: Chunk, totals: Totals, isLast: boolean, terms: Terms): Promise<Committed> {
    const passage = this.inFlight.enter(chunk.orders.sortedIds);
    const options = { onDuplicate: terms.onDuplicate, isDryRun: terms.dryRun, passage };
    const tryWith = (check: StoreOptions['check']) =>
      this.tryCommit(lease, chunk, totals, isLast, { ...options, check }, terms.maxRejects);
    try {
      return await tryWith('look-up');
    } catch (error) {
      if (!isRace(error)) throw error;
      return await tryWith('on-conflict');
    } finally {
      passage.leave();
    }
  }

  private async tryCommit(
    lease: Lease,
    chunk: Chunk,
    before: Totals,
    isLast: boolean,
    options: StoreOptions,
    maxRejects: number | null,
  ): Promise<Committed> {
    const begunAt = performance.now();
    let writtenAt = begunAt;
    const committed = await inPipeline(this.database, async (pipeline) => {
      // The log is written in order: with any later commit this one is safe too, and a crash of the server before that
      // takes orders and checkpoint together. Only the end of a segment is waited for.
      if (!isLast) void pipeline.add('SET LOCAL synchronous_commit = off');
      // Goes out with the look-up of the ids; whoever is fenced out has written nothing that stays.
      let isSent = false;
      const fenced = fence(pipeline, lease).finally(() => (isSent = true));
      fenced.catch(() => undefined);
      const stored = await this.commands.execute(new StoreOrdersCommand(pipeline, chunk.orders, options));
      // There may have been nothing to look up.
      if (!isSent) await pipeline.flush();
      await fenced;
      faultPoint('before-copy');
      const rejects = chunk.rejects(stored.isDuplicate, !options.isDryRun);
      if (rejects.count > 0) void pipeline.copy(`unstored_rejects ${REJECT_COPY_COLUMNS}`, rejects);
      const gone = rejectsOfGone(stored);
      if (gone.length > 0) void pipeline.add(INSERT_REJECTS, [JSON.stringify(gone)]);
      const totals = chunk.addTo(before, stored);
      writeCheckpoint(pipeline, lease, chunk, totals, isLast, this.config.imports.leaseMs);
      const ended = await endImport(pipeline, lease, isLast, allMalformed(chunk, totals), maxRejects);
      if (areFaultPointsOpen()) await pipeline.flush();
      faultPoint('after-copy-before-commit');
      writtenAt = performance.now();
      return { totals, ended };
    });
    this.metrics.tookTime('store', writtenAt - begunAt);
    this.metrics.tookTime('commit', performance.now() - writtenAt);
    return committed;
  }
}

function writeCheckpoint(
  pipeline: Pipeline,
  lease: Lease,
  chunk: Chunk,
  totals: Totals,
  isLast: boolean,
  leaseMs: number,
): void {
  void pipeline.add(
    `UPDATE segments SET next_byte = $3, next_record = $4, next_line = $5, destination = $6,
       valid = $7, invalid = $8, duplicate = $9, malformed = $10, violations = $11, malformations = $12,
       is_done = $13, fruitless_claims = 0,
       lease_expires_at = clock_timestamp() + $14 * interval '1 millisecond'
     WHERE import_id = $1 AND number = $2`,
    [
      lease.importId,
      lease.segment,
      chunk.end.offset,
      chunk.end.record,
      chunk.end.line,
      chunk.orders.destination,
      totals.valid,
      totals.invalid,
      totals.duplicate,
      totals.malformed,
      totals.violations,
      totals.malformations,
      isLast,
      leaseMs,
    ],
  );
}

/**
 * Ends the import where none of its segments is open, where it has more rejects than it may, or where nothing of the
 * file could be read. Returns null where it goes on.
 */
async function endImport(
  pipeline: Pipeline,
  { importId, segment }: Lease,
  isLast: boolean,
  unreadable: Failure | null,
  maxRejects: number | null,
): Promise<Ended | null> {
  if (!isLast && unreadable === null && maxRejects === null) return null;
  // One chunk after the other from here on, so that the last one sees what all others came to.
  const [locked] = await pipeline.ask('SELECT state FROM imports WHERE id = $1 FOR NO KEY UPDATE', [importId]);
  if (locked![0] !== 'running') throw new ImportHalted();
  const sums = await totalsInPipeline(pipeline, importId);
  const failure = unreadable ?? tooManyRejects(sums.totals, maxRejects);
  // An import is ended by a segment of it, so one must stay open for whoever retries it.
  if (failure && isLast)
    void pipeline.add('UPDATE segments SET is_done = false WHERE import_id = $1 AND number = $2', [importId, segment]);
  const [row] = await pipeline.ask(
    `UPDATE imports SET state = $2, failure = $3, revision = revision + 1, finished_at = clock_timestamp()
     WHERE id = $1 AND state = 'running'
       AND ($3::jsonb IS NOT NULL OR NOT EXISTS (SELECT 1 FROM segments WHERE import_id = $1 AND NOT is_done))
     RETURNING revision, extract(epoch FROM finished_at) * 1000`,
    [importId, failure ? 'failed' : 'completed', failure],
  );
  if (!row) return null;
  return { ...sums, failure, revision: Number(row[0]), finishedAt: new Date(Number(row[1])) };
}

function tooManyRejects({ invalid, duplicate, malformed }: Totals, limit: number | null): Failure | null {
  const rejects = invalid + duplicate + malformed;
  return limit !== null && rejects > limit ? { code: 'imports.too-many-rejects', params: { rejects, limit } } : null;
}

/** Only once: whoever retries the import goes on behind these records. */
function allMalformed(chunk: Chunk, { malformed, malformations }: Totals): Failure | null {
  if (!chunk.endsFirstRecordsWithoutOrder || malformed !== FIRST_RECORDS) return null;
  const [malformation] = Object.entries(malformations).toSorted(([, a], [, b]) => b - a)[0]!;
  return { code: 'imports.all-malformed', params: { records: FIRST_RECORDS, malformation } };
}
