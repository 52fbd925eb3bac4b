import { join } from 'node:path';
import { bareCopy, dumpOrders, emptyBareTable } from './bare-copy.js';
import type { BenchContext, Chart, Figure } from './benchmark.js';
import { emptyTables, tablesToProbe } from './empty-tables.js';
import { runImport, type FinishedImport } from './import-run.js';
import type { OrderFile } from './order-file.js';
import { cpuSecondsOfServer, resetPeak, usageOf } from './process-usage.js';
import { during, grouped } from './progress.js';
import { median, percentile } from './statistics.js';

/** A file with its clean rows in the form of COPY's text. */
export interface FileToMeasure extends OrderFile {
  readonly cleanRows: string;
}

/** An import and the bare COPY directly before it. */
export type ImportRun = {
  readonly ratio: number;
  readonly recordsPerSecond: number;
  readonly bareRecordsPerSecond: number;
  readonly uploadMs: number;
  readonly workerPeakMb: number;
  readonly apiPeakMb: number;
  readonly workerCpuSeconds: number;
  readonly postgresCpuSeconds: number;
  readonly getMedianMs: number;
  readonly getP99Ms: number;
};

export const IMPORT_FIGURES: readonly (Figure & { readonly key: keyof ImportRun })[] = [
  { key: 'recordsPerSecond', name: 'records/s, first byte to final state', digits: 0 },
  { key: 'bareRecordsPerSecond', name: 'records/s, bare COPY directly before', digits: 0 },
  { key: 'ratio', name: 'ratio to bare COPY', digits: 2 },
  { key: 'uploadMs', name: 'upload, ms', digits: 0 },
  { key: 'workerPeakMb', name: 'worker: peak resident memory, MB', digits: 0 },
  { key: 'apiPeakMb', name: 'API: peak resident memory, MB', digits: 0 },
  { key: 'workerCpuSeconds', name: 'worker: processor seconds', digits: 2 },
  { key: 'postgresCpuSeconds', name: 'PostgreSQL: processor seconds', digits: 2 },
  { key: 'getMedianMs', name: 'GET /orders/{id} meanwhile, median, ms', digits: 1 },
  { key: 'getP99Ms', name: 'GET /orders/{id} meanwhile, 99th percentile, ms', digits: 1 },
];

/** Imports beside their bare COPY, as bars. */
export const importChart = (title: string): Chart => ({
  title,
  figure: 'ratio',
  beside: 'recordsPerSecond',
  reference: { name: 'bare COPY', value: 1 },
});

/** Imports the file unmeasured into an empty service and keeps its clean rows for the reference. */
export async function prepare(context: BenchContext, file: OrderFile): Promise<FileToMeasure> {
  const { service, say } = context;
  await emptyTables(context);
  say('once unmeasured:');
  const { id } = await runImport(context, file);
  const cleanRows = join(service.folder, `clean-rows-${file.oracle.firstId}.copy`);
  await during('writing its clean rows for the bare COPY', dumpOrders(service.client, id, cleanRows), say);
  return { ...file, cleanRows };
}

/** Measures the file so many times, each time with empty tables. Says every result. */
export async function* importRuns(context: BenchContext, file: FileToMeasure, runs: number): AsyncGenerator<ImportRun> {
  for (let number = 1; number <= runs; number++) {
    await tablesToProbe(context);
    await emptyBareTable(context.service.client);
    const run = await measureImport(context, file);
    context.say(`run ${number} of ${runs}: ${grouped(run.recordsPerSecond)} records/s, ratio ${grouped(run.ratio, 2)}`);
    yield run;
  }
}

/** Measures one import on top of what is stored, and the bare COPY on top of what is in the reference's table. */
export async function measureImport(context: BenchContext, file: FileToMeasure): Promise<ImportRun> {
  const { service, probe, say } = context;
  const bareMs = await during('bare COPY', bareCopy(service.client, file.cleanRows), say);
  for (const pid of [service.apiPid, service.workerPid]) resetPeak(pid);
  const before = cpuSeconds(context);
  probe.start();
  const finished = await runImport(context, file);
  const latenciesMs = await probe.stop();
  const after = cpuSeconds(context);
  return {
    ...speeds(file, finished, bareMs),
    workerPeakMb: usageOf(service.workerPid).peakBytes / 1e6,
    apiPeakMb: usageOf(service.apiPid).peakBytes / 1e6,
    workerCpuSeconds: after.worker - before.worker,
    postgresCpuSeconds: after.postgres - before.postgres,
    getMedianMs: median(latenciesMs),
    getP99Ms: percentile(latenciesMs, 0.99),
  };
}

function speeds({ oracle }: FileToMeasure, { totalMs, uploadMs }: FinishedImport, bareMs: number) {
  const recordsPerSecond = (oracle.rows / totalMs) * 1_000;
  const bareRecordsPerSecond = (oracle.digest.orders / bareMs) * 1_000;
  return { uploadMs, recordsPerSecond, bareRecordsPerSecond, ratio: recordsPerSecond / bareRecordsPerSecond };
}

const cpuSeconds = ({ service }: BenchContext) => ({
  worker: usageOf(service.workerPid).cpuSeconds,
  postgres: cpuSecondsOfServer(service.postgresPid),
});
