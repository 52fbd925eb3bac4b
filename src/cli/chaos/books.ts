import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { differenceRow, type Row } from './campaign.js';
import type { Chaos } from './fault.js';
import { sumOf, type Verdict } from './verdict.js';

/** Imports after which the tables are emptied: a long run would fill the disk. */
const MOST_IMPORTS = 150;

/**
 * Adds up what all rounds must have left in the tables, and looks whether it is still so: what was right when it was
 * looked at must not change afterwards.
 */
export class Books {
  isClean = true;
  private verdicts: Verdict[] = [];

  constructor(private readonly chaos: Chaos) {}

  /** Takes the verdict of a round. Returns the outcome of a closing where there was one. */
  async enter(verdict: Verdict): Promise<Row[]> {
    this.isClean &&= verdict.differences.length === 0;
    this.verdicts.push(verdict);
    this.removeUploads();
    return sumOf(this.verdicts).imports > MOST_IMPORTS ? await this.close() : [];
  }

  /** Compares, and empties the tables. A row only where something is wrong. */
  async close(): Promise<Row[]> {
    const { ledger } = this.chaos.service;
    const { imports, orders, rejects } = sumOf(this.verdicts);
    const wanted = JSON.stringify({ imports, orders, rejects });
    const counts = ['imports', 'orders', 'rejects'].map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
    const found = JSON.stringify((await ledger.query(`SELECT ${counts.join(', ')}`))[0]);
    this.verdicts = [];
    if (!this.isClean) return [];
    await ledger.query('TRUNCATE orders, unstored_rejects, imports CASCADE');
    if (found === wanted) return [];
    this.isClean = false;
    return [differenceRow('all rounds together', `the tables hold ${found}, not ${wanted}`)];
  }

  /** All imports are final: nobody reads their files any more. */
  private removeUploads(): void {
    const folder = join(this.chaos.service.folder, 'uploads');
    for (const name of readdirSync(folder)) if (name.endsWith('.csv')) rmSync(join(folder, name));
  }
}
