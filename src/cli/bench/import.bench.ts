import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateOrders, type GenerateOptions, type Oracle } from '../generate-orders.js';
import type { ImportStatus } from '../service-client.js';
import { bareCopy, dumpOrders, emptyTables } from './bare-copy.js';
import type { BenchService } from './bench-service.js';
import { cpuSecondsOfServer, usageOf } from './process-usage.js';

/** One import, measured from the first uploaded byte to the final state. */
export interface ImportRun {
  readonly recordsPerSecond: number;
  readonly bareRecordsPerSecond: number;
  /** Speed against the bare COPY directly before. */
  readonly ratio: number;
  readonly uploadMs: number;
  readonly workerPeakBytes: number;
  readonly apiPeakBytes: number;
  readonly workerCpuSeconds: number;
  readonly postgresCpuSeconds: number;
}

/** Kinds of files that are measured. */
export const VARIANTS = {
  plain: {},
  shuffle: { shuffle: true },
  duplicates: { duplicates: 0.2 },
  comma: { delimiter: ',' },
  quoted: { quoted: true },
} as const satisfies Record<string, Partial<GenerateOptions>>;
export type Variant = keyof typeof VARIANTS;

/** Makes the file and imports it once unmeasured; yields one run after the other, each beside its own reference. */
export async function* importRuns(
  service: BenchService,
  { rows, runs, variant }: { rows: number; runs: number; variant: Variant },
): AsyncGenerator<ImportRun> {
  const file = join(service.dataDir, 'orders.csv');
  const oracle = await generateOrders({ rows, seed: 1, out: file, ...VARIANTS[variant] });
  const dump = join(service.dataDir, 'orders.copy');
  await emptyTables(service.client);
  await runImport(service, file, oracle);
  await dumpOrders(service.client, dump);
  for (let run = 0; run < runs; run++) yield await measure(service, file, dump, oracle);
}

async function measure(service: BenchService, file: string, dump: string, oracle: Oracle): Promise<ImportRun> {
  await emptyTables(service.client);
  const bareMs = await bareCopy(service.client, dump);
  await service.client.query('CHECKPOINT');
  const before = usageOf(service.workerPid);
  const postgresBefore = cpuSecondsOfServer(service.postgresPid);
  const { totalMs, uploadMs } = await runImport(service, file, oracle);
  const worker = usageOf(service.workerPid);
  const recordsPerSecond = (oracle.rows / totalMs) * 1000;
  const bareRecordsPerSecond = (oracle.digest.orders / bareMs) * 1000;
  return {
    recordsPerSecond,
    bareRecordsPerSecond,
    ratio: recordsPerSecond / bareRecordsPerSecond,
    uploadMs,
    workerPeakBytes: worker.peakBytes,
    apiPeakBytes: usageOf(service.apiPid).peakBytes,
    workerCpuSeconds: worker.cpuSeconds - before.cpuSeconds,
    postgresCpuSeconds: cpuSecondsOfServer(service.postgresPid) - postgresBefore,
  };
}

async function runImport(service: BenchService, file: string, oracle: Oracle) {
  const base = `${service.url}/acme_orders/api/v1/imports`;
  const body = await openAsBlob(file);
  const startedAt = performance.now();
  const answer = await fetch(base, { method: 'POST', headers: { 'content-type': 'text/csv' }, body });
  if (answer.status !== 202) throw new Error(`The upload was refused: ${await answer.text()}`);
  const uploadMs = performance.now() - startedAt;
  let status = (await answer.json()) as ImportStatus;
  while (status.state === 'queued' || status.state === 'running') {
    await sleep(20);
    status = (await (await fetch(`${base}/${status.id}`)).json()) as ImportStatus;
  }
  const totalMs = performance.now() - startedAt;
  checkOutcome(status, oracle, (await stat(file)).size);
  return { totalMs, uploadMs };
}

/** A fast import that is wrong is worth nothing. */
function checkOutcome(status: ImportStatus, oracle: Oracle, fileBytes: number): void {
  const isRight =
    status.state === 'completed' &&
    (['read', 'valid', 'invalid', 'duplicate', 'malformed'] as const).every(
      (outcome) => status.counts[outcome] === oracle[outcome],
    );
  if (!isRight) throw new Error(`The import of ${fileBytes} bytes came out wrong: ${JSON.stringify(status)}`);
}
