import { expect } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { App } from './app.js';
import { digestOf, sql } from './client.js';
import type { GeneratedFile } from './order-files.js';

/** Expects of a completed import what the oracle of its file says, in its counts and in what is stored. */
export async function expectOracle(app: App, done: Import, { oracle }: GeneratedFile): Promise<void> {
  const { read, valid, invalid, duplicate, malformed } = oracle;
  expect(done).toMatchObject({ state: 'completed', failure: null, progress: { percent: 100 } });
  expect(done.counts).toEqual({ read, valid, invalid, duplicate, malformed });
  expect(done.violations).toEqual(oracle.violations);
  expect(await digestOf(app, `?importId=${done.id}`)).toEqual(oracle.digest);
  const rejects = await sql(app, 'SELECT outcome, count(*)::int FROM rejects WHERE import_id = $1 GROUP BY 1', [
    done.id,
  ]);
  expect(Object.fromEntries(rejects.map(({ outcome, count }) => [outcome, count]))).toEqual({
    invalid,
    duplicate,
    malformed,
  });
}
