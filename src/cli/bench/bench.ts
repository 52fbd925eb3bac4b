import Table from 'cli-table3';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startBenchService } from './bench-service.js';
import { importRuns, VARIANTS, type ImportRun, type Variant } from './import.bench.js';

const USAGE = `npm run bench -- import [--rows N] [--runs N] [--variant ${Object.keys(VARIANTS).join('|')}]`;

/** Imports a file so many times, each beside a bare COPY of the same rows, and prints every run and the median. */
async function benchImport(rows: number, runs: number, variant: Variant): Promise<void> {
  const service = await startBenchService(console.error);
  const found: ImportRun[] = [];
  try {
    console.log(`${rows} records, ${variant}; Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
    for await (const run of importRuns(service, { rows, runs, variant })) {
      found.push(run);
      console.error(`run ${found.length} of ${runs}: ${Math.round(run.recordsPerSecond)} records/s`);
    }
  } finally {
    await service.stop();
  }
  console.log(tableOf(found));
}

const ROWS: readonly (readonly [string, (run: ImportRun) => number, number])[] = [
  ['records/s, first byte to final state', (run) => run.recordsPerSecond, 0],
  ['records/s, bare COPY directly before', (run) => run.bareRecordsPerSecond, 0],
  ['ratio', (run) => run.ratio, 2],
  ['upload, ms', (run) => run.uploadMs, 0],
  ['worker: peak resident memory, MB', (run) => run.workerPeakBytes / 1e6, 0],
  ['API: peak resident memory, MB', (run) => run.apiPeakBytes / 1e6, 0],
  ['worker: processor seconds', (run) => run.workerCpuSeconds, 2],
  ['PostgreSQL: processor seconds', (run) => run.postgresCpuSeconds, 2],
];

function tableOf(found: readonly ImportRun[]): string {
  const table = new Table({
    head: ['', ...found.map((_, index) => `run ${index + 1}`), 'median'],
    colAligns: ['left', ...found.map(() => 'right' as const), 'right'],
    style: { head: [], border: [] },
  });
  for (const [name, figure, digits] of ROWS) {
    const figures = found.map(figure);
    table.push([name, ...[...figures, median(figures)].map((value) => value.toFixed(digits))]);
  }
  return table.toString();
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    variant: { type: 'string', default: 'plain' },
  },
});

if (positionals[0] !== 'import' || !(values.variant in VARIANTS)) {
  console.error(USAGE);
  process.exit(2);
}
await benchImport(Number(values.rows), Number(values.runs), values.variant as Variant);
