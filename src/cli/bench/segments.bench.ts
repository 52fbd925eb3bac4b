import type { BenchContext, Benchmark } from './benchmark.js';
import { IMPORT_FIGURES, importChart, importRuns, prepare } from './measured-import.js';
import { removeOrderFile, writeOrderFile } from './order-file.js';

const SLOTS = [1, 2, 4];
const SEGMENTS = 8;

/** The import with several segments of its file at once. */
export const segmentsBench: Benchmark = {
  title: 'Segments',
  about: `The import of a file of at least ${SEGMENTS} segments by one worker that runs 1, 2 and 4 of them at once
(\`IMPORT_SLOTS\`).`,
  figures: IMPORT_FIGURES,
  chart: importChart('Speed of an import against a bare COPY, by segments at once'),
  async *measure(context: BenchContext) {
    const { service, options } = context;
    const file = await writeOrderFile(context, { rows: options.rows });
    const segmentBytes = Math.max(1, Math.floor(file.fileBytes / SEGMENTS));
    for (const slots of SLOTS) {
      const name = `${slots} at once`;
      context.say(`${name}:`);
      await service.restart({ IMPORT_SLOTS: String(slots), IMPORT_SEGMENT_BYTES: String(segmentBytes) });
      const prepared = await prepare(context, file);
      for await (const run of importRuns(context, prepared, options.runs ?? 3)) yield { of: name, run };
    }
    await removeOrderFile(file);
    await service.restart({});
  },
};
