import type { BenchContext, Benchmark } from './benchmark.js';
import { IMPORT_FIGURES, importChart, importRuns, prepare } from './measured-import.js';
import { removeOrderFile, writeOrderFile } from './order-file.js';
import { VARIANTS } from './variants.js';

/** One import from the first byte to the final state, for each kind of file. */
export const importBench: Benchmark = {
  title: 'One import',
  about: `A file from the first uploaded byte to the final state, the tables empty before, beside a bare \`COPY\` of the
same clean rows into a table of identical columns and indexes in the same PostgreSQL directly before. Meanwhile one
\`GET /orders/{id}\` is sent every 10 ms.`,
  figures: IMPORT_FIGURES,
  chart: importChart('Speed of an import against a bare COPY'),
  async *measure(context: BenchContext) {
    const { rows, runs, variants } = context.options;
    for (const variant of variants) {
      context.say(`${variant}:`);
      const file = await writeOrderFile(context, { rows, ...VARIANTS[variant] });
      const prepared = await prepare(context, file);
      for await (const run of importRuns(context, prepared, runs ?? 3)) yield { of: variant, run };
      await removeOrderFile(file);
    }
  },
};
