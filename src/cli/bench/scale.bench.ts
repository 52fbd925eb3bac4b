import { emptyBareTable } from './bare-copy.js';
import type { BenchContext, Benchmark } from './benchmark.js';
import { IMPORT_FIGURES, importChart, importRuns, measureImport, prepare } from './measured-import.js';
import { FIRST_ID, removeOrderFile, writeOrderFile } from './order-file.js';
import { grouped } from './progress.js';

const SIZES = [100_000, 1_000_000, 10_000_000];
const ON_TOP = 1_000_000;
/** Files of more records are measured once. */
const OFTEN = 2_000_000;

/** Files of growing size into empty tables, then one more on top of the largest. */
export const scaleBench: Benchmark = {
  title: 'Scale',
  about: `The import of growing files into empty tables, and of one more (+) on top of the largest; its bare \`COPY\` too goes
on top of as many rows.`,
  figures: IMPORT_FIGURES,
  chart: importChart('Speed of an import against a bare COPY, by size'),
  async *measure(context: BenchContext) {
    const { most, runs } = context.options;
    const sizes = [...new Set(SIZES.map((size) => Math.min(size, most)))];
    for (const rows of sizes.slice(0, -1)) yield* growing(context, rows, runs ?? 3);
    const largest = sizes.at(-1)!;
    // Its clean rows are found with empty tables, before these are full.
    const more = await prepareMore(context, Math.min(ON_TOP, largest), FIRST_ID + largest);
    yield* growing(context, largest, largest > OFTEN ? 1 : (runs ?? 3));
    const run = await measureImport(context, more);
    yield { of: `${grouped(largest)} + ${grouped(more.oracle.rows)}`, run };
    await removeOrderFile(more);
    await emptyBareTable(context.service.client);
  },
};

async function* growing(context: BenchContext, rows: number, runs: number) {
  const file = await writeOrderFile(context, { rows });
  const prepared = await prepare(context, file);
  for await (const run of importRuns(context, prepared, runs)) yield { of: grouped(rows), run };
  await removeOrderFile(file);
}

const prepareMore = async (context: BenchContext, rows: number, firstId: number) =>
  prepare(context, await writeOrderFile(context, { rows, firstId, seed: 2 }));
