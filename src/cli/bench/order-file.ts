import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { generateOrders, type GenerateOptions, type Oracle } from '../generate-orders.js';
import type { BenchContext } from './benchmark.js';
import { during, grouped } from './progress.js';

/** A generated file and what must come of it. */
export interface OrderFile {
  readonly path: string;
  readonly fileBytes: number;
  readonly oracle: Oracle;
}

/** Ids below are those of orders that are stored before and looked up meanwhile. */
export const FIRST_ID = 1_001;

/** Writes a file of so many records to the folder of the measurement. */
export async function writeOrderFile(
  { service, say }: BenchContext,
  options: Partial<GenerateOptions> & { readonly rows: number },
): Promise<OrderFile> {
  const path = join(service.folder, `orders-${options.rows}-${options.firstId ?? FIRST_ID}.csv`);
  const writing = generateOrders({ seed: 1, firstId: FIRST_ID, ...options, out: path });
  const oracle = await during(`writing a file of ${grouped(options.rows)} records`, writing, say);
  return { path, oracle, fileBytes: (await stat(path)).size };
}

/** Its place on the disk is wanted for the next one. */
export async function removeOrderFile({ path }: OrderFile): Promise<void> {
  await Promise.all([path, `${path}.oracle.json`].map((one) => rm(one, { force: true })));
}
