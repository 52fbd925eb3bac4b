import type { BenchContext, Benchmark } from './benchmark.js';
import { emptyTables } from './empty-tables.js';
import { runImport } from './import-run.js';
import { removeOrderFile, writeOrderFile } from './order-file.js';
import { grouped } from './progress.js';

const RECORDS = 1_000;
const POLL_MS = 5;
const TARGET_MS = 150;
/** The first files find a service that has not yet done anything. */
const UNMEASURED = 3;

/** Small files, one after the other. */
export const smallBench: Benchmark = {
  title: 'Small files',
  about: `Files of 1 000 records, one after the other: POST sent to final state seen by polling every ${POLL_MS} ms.`,
  figures: [
    { key: 'totalMs', name: 'POST sent to final state, ms', digits: 0 },
    { key: 'uploadMs', name: 'POST sent to 202, ms', digits: 0 },
  ],
  chart: {
    title: 'A file of 1 000 records, ms',
    figure: 'totalMs',
    reference: { name: 'target', value: TARGET_MS },
  },
  async *measure(context: BenchContext) {
    const silent = { ...context, say: () => {} };
    const runs = context.options.runs ?? 20;
    await emptyTables(context);
    context.say(`${runs} files of ${grouped(RECORDS)} records`);
    for (let number = 1; number <= UNMEASURED + runs; number++) {
      // Ids of its own, so that nothing is a duplicate of a file before.
      const file = await writeOrderFile(silent, { rows: RECORDS, seed: number, firstId: number * 10 * RECORDS });
      const { totalMs, uploadMs } = await runImport(silent, file, POLL_MS);
      if (number > UNMEASURED) yield { of: '1 000 records', run: { totalMs, uploadMs } };
      await removeOrderFile(file);
    }
  },
};
