import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { BenchContext } from './benchmark.js';
import { runImport } from './import-run.js';
import { writeOrderFile } from './order-file.js';
import { PROBED_ORDERS } from './probed-orders.js';

/** PostgreSQL's code. */
const DEADLOCK = '40P01';

/** An empty service, with its uploads removed and the checkpoint of what went before behind it. */
export async function emptyTables({ service }: BenchContext): Promise<void> {
  await truncate(service.client);
  for (const name of await readdir(service.uploads)) await rm(join(service.uploads, name), { force: true });
  await service.client.query('CHECKPOINT');
}

/** A worker that looks for work holds some of the tables for a moment, and may wait for one that is locked here. */
async function truncate(client: Client, tries = 5): Promise<void> {
  try {
    await client.query('TRUNCATE orders, order_counts, unstored_rejects, imports CASCADE');
  } catch (error) {
    if ((error as { code?: string }).code !== DEADLOCK || tries === 1) throw error;
    await truncate(client, tries - 1);
  }
}

/** An empty service but for the orders that are looked up during a run. */
export async function tablesToProbe(context: BenchContext): Promise<void> {
  await emptyTables(context);
  const silent = { ...context, say: () => {} };
  const file = await writeOrderFile(silent, { rows: PROBED_ORDERS, firstId: 1, duplicates: 0, malformed: 0 });
  await runImport(silent, file);
}
