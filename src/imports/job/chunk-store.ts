import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { ClientBase } from 'pg';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { IdsInFlight, StoreOrdersCommand, type DisplacedOrder, type StoreOptions } from '../../orders/index.js';
import { copyRows } from '../../shared/copy-rows.js';
import { faultPoint } from '../../shared/fault-point.js';
import { inTransaction } from '../../shared/in-transaction.js';
import type { Failure, ImportEntity } from '../import.entity.js';
import type { Totals } from '../segment.entity.js';
import { totalsOfImport, type ImportTotals } from '../status/import-totals.js';
import { REJECT_COPY_COLUMNS, type Chunk } from './chunk.js';
import { fence, type Lease } from './lease.js';

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

/** Commits chunks: orders, rejects, checkpoint and totals in one transaction, behind the lease's fencing token. */
@Injectable()
export class ChunkStore {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    private readonly commands: CommandBus,
    private readonly inFlight: IdsInFlight,
  ) {}

  /**
   * @param totals of the segment before this chunk
   * @param isLast whether the segment ends with this chunk
   * @throws LeaseLost if another worker owns the segment, ImportHalted if an operator stopped the import; then nothing
   * was written
   */
  async commit(lease: Lease, chunk: Chunk, totals: Totals, isLast: boolean, terms: Terms): Promise<Committed> {
    const passage = this.inFlight.enter(chunk.orders.ids);
    const options = { onDuplicate: terms.onDuplicate, isDryRun: terms.dryRun, passage };
    const tryWith = (check: StoreOptions['check']) =>
      this.tryCommit(lease, chunk, totals, isLast, { ...options, check }, terms.maxRejects);
    try {
      return await tryWith('look-up');
    } catch (error) {
      if (!RACES.includes((error as { code?: string }).code ?? '')) throw error;
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
    const work = async (client: ClientBase): Promise<Committed> => {
      await fence(client, lease);
      faultPoint('before-copy');
      const stored = await this.commands.execute(new StoreOrdersCommand(client, chunk.orders, options));
      const rejects = chunk.rejects(stored.isDuplicate);
      if (rejects.count > 0) await copyRows(client, `rejects ${REJECT_COPY_COLUMNS}`, rejects);
      await rejectDisplaced(client, lease.importId, stored.displaced);
      const totals = chunk.addTo(before, stored);
      await writeCheckpoint(client, lease, chunk, totals, isLast, this.config.imports.leaseMs);
      return { totals, ended: await endImport(client, lease.importId, isLast, maxRejects) };
    };
    return inTransaction(this.database, work, () => faultPoint('after-copy-before-commit'));
  }
}

async function writeCheckpoint(
  client: ClientBase,
  lease: Lease,
  chunk: Chunk,
  totals: Totals,
  isLast: boolean,
  leaseMs: number,
): Promise<void> {
  await client.query(
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

/** Orders that gave way to one further ahead in the file are duplicates from now on. */
async function rejectDisplaced(
  client: ClientBase,
  importId: string,
  displaced: readonly DisplacedOrder[],
): Promise<void> {
  if (displaced.length === 0) return;
  await client.query(
    `INSERT INTO rejects (import_id, record, line, outcome, reasons, order_id)
     SELECT $1, record, line, 'duplicate', '{}', id FROM jsonb_to_recordset($2) AS gone (id bigint, record bigint, line bigint)
     ON CONFLICT (import_id, record) DO UPDATE SET outcome = excluded.outcome, reasons = excluded.reasons`,
    [importId, JSON.stringify(displaced.map(({ id, record, line }) => ({ id, record, line })))],
  );
}

/**
 * Ends the import where none of its segments is open, or where it has more rejects than it may. Returns null where it
 * goes on.
 */
async function endImport(
  client: ClientBase,
  importId: string,
  isLast: boolean,
  maxRejects: number | null,
): Promise<Ended | null> {
  if (!isLast && maxRejects === null) return null;
  // One chunk after the other from here on, so that the last one sees what all others came to.
  await client.query('SELECT 1 FROM imports WHERE id = $1 FOR NO KEY UPDATE', [importId]);
  const sums = await totalsOfImport(async (text, values) => (await client.query(text, values)).rows, importId);
  const failure = tooManyRejects(sums.totals, maxRejects);
  const { rows } = await client.query<{ revision: string; finished_at: Date }>(
    `UPDATE imports SET state = $2, failure = $3, revision = revision + 1, finished_at = clock_timestamp()
     WHERE id = $1 AND state = 'running'
       AND ($3::jsonb IS NOT NULL OR NOT EXISTS (SELECT 1 FROM segments WHERE import_id = $1 AND NOT is_done))
     RETURNING revision, finished_at`,
    [importId, failure ? 'failed' : 'completed', failure],
  );
  const [row] = rows;
  return row ? { ...sums, failure, revision: Number(row.revision), finishedAt: row.finished_at } : null;
}

function tooManyRejects({ invalid, duplicate, malformed }: Totals, limit: number | null): Failure | null {
  const rejects = invalid + duplicate + malformed;
  return limit !== null && rejects > limit ? { code: 'imports.too-many-rejects', params: { rejects, limit } } : null;
}
