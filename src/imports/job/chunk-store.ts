import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { ClientBase } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { StoreOrdersCommand, type DuplicateCheck } from '../../orders/index.js';
import { copyRows } from '../../shared/copy-rows.js';
import { faultPoint } from '../../shared/fault-point.js';
import type { Totals } from '../segment.entity.js';
import { REJECT_COPY_COLUMNS, type Chunk } from './chunk.js';
import { fence, type Lease } from './lease.js';

/** What a committed chunk came to. */
export interface Committed {
  /** Totals of the segment, absolute. */
  readonly totals: Totals;
  /** Set where the import was completed by this chunk. */
  readonly completed: { readonly revision: number; readonly finishedAt: Date } | null;
}

const UNIQUE_VIOLATION = '23505';

/** Commits chunks: orders, rejects, checkpoint and totals in one transaction, behind the lease's fencing token. */
@Injectable()
export class ChunkStore {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: DataSource,
    private readonly commands: CommandBus,
  ) {}

  /**
   * @param totals of the segment before this chunk
   * @param isLast whether the segment ends with this chunk
   * @throws LeaseLost if another worker owns the segment, ImportHalted if an operator stopped the import; then nothing
   * was written
   */
  async commit(lease: Lease, chunk: Chunk, totals: Totals, isLast: boolean): Promise<Committed> {
    try {
      return await this.tryCommit(lease, chunk, totals, isLast, 'look-up');
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
      // Another import stored one of the ids between the look-up and the copy.
      return await this.tryCommit(lease, chunk, totals, isLast, 'on-conflict');
    }
  }

  private async tryCommit(
    lease: Lease,
    chunk: Chunk,
    before: Totals,
    isLast: boolean,
    check: DuplicateCheck,
  ): Promise<Committed> {
    return this.inTransaction(async (client) => {
      await fence(client, lease, isLast);
      faultPoint('before-copy');
      const isDuplicate = await this.commands.execute(new StoreOrdersCommand(client, chunk.orders, check));
      const rejects = chunk.rejects(isDuplicate);
      if (rejects.count > 0) await copyRows(client, `rejects ${REJECT_COPY_COLUMNS}`, rejects);
      const totals = chunk.addTo(before, isDuplicate);
      await writeCheckpoint(client, lease, chunk, totals, isLast, this.config.imports.leaseMs);
      return { totals, completed: isLast ? await completeImport(client, lease.importId) : null };
    });
  }

  private async inTransaction<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    const runner: QueryRunner = this.database.createQueryRunner();
    try {
      const client = (await runner.connect()) as ClientBase;
      await client.query('BEGIN');
      try {
        const result = await work(client);
        faultPoint('after-copy-before-commit');
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // A connection that is broken cannot roll back, and need not.
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    } finally {
      await runner.release();
    }
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

/** Ends the import if none of its segments is open. Returns null if one is. */
async function completeImport(client: ClientBase, importId: string): Promise<Committed['completed']> {
  const { rows } = await client.query<{ revision: string; finished_at: Date }>(
    `UPDATE imports SET state = 'completed', revision = revision + 1, finished_at = clock_timestamp()
     WHERE id = $1 AND state = 'running'
       AND NOT EXISTS (SELECT 1 FROM segments WHERE import_id = $1 AND NOT is_done)
     RETURNING revision, finished_at`,
    [importId],
  );
  const [row] = rows;
  return row ? { revision: Number(row.revision), finishedAt: row.finished_at } : null;
}
