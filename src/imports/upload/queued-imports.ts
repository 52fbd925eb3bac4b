import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../config.js';
import { rowsOf } from '../../shared/prepared.js';
import { TooManyQueued } from '../errors.js';

/** Goes by the index of the imports that are not over, and no further than to the limit. */
const COUNT = {
  name: 'queued-imports',
  text: `SELECT count(*)::int AS count FROM (
      SELECT FROM imports
       WHERE state IN ('queued', 'running', 'paused') AND user_name IS NOT DISTINCT FROM $1
       LIMIT $2
    ) AS found`,
};

/** Keeps a user from bringing more imports than the workers can be expected to do. */
@Injectable()
export class QueuedImports {
  private readonly limit: number;
  /** Counts that are under way, by user: many uploads that begin at once are one question to the database. */
  private readonly underWay = new Map<string | null, Promise<number>>();

  constructor(
    private readonly database: DataSource,
    @Inject(CONFIG) { limits }: Config,
  ) {
    this.limit = limits.queuedImportsPerUser;
  }

  /** Throws TooManyQueued where the user, or everybody where nobody signs in, has no room for one more import. */
  async checkRoom(userName: string | null): Promise<void> {
    if (this.limit === 0) return;
    const counting = this.underWay.get(userName) ?? this.count(userName);
    this.underWay.set(userName, counting);
    const count = await counting.finally(() => this.underWay.delete(userName));
    if (count >= this.limit) throw new TooManyQueued(this.limit);
  }

  private async count(userName: string | null): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(this.database, COUNT, [userName, this.limit]);
    return row!.count;
  }
}
