import { join } from 'node:path';
import { reasonOf } from '../problem.js';
import { aborted, listenForStop } from '../signals.js';
import { readBenchArguments, USAGE, type BenchName, type BenchOptions } from './bench-arguments.js';
import { startBenchService, type BenchService } from './bench-service.js';
import type { BenchContext, Benchmark, Case, Run } from './benchmark.js';
import { hostileBench } from './hostile.bench.js';
import { importBench } from './import.bench.js';
import { startLatencyProbe } from './latency-probe.js';
import { describeMachine } from './machine.js';
import { protectionBench } from './protection.bench.js';
import { readBench } from './read.bench.js';
import { terminalTable } from './report/tables.js';
import { writeReport } from './report/write-report.js';
import { scaleBench } from './scale.bench.js';
import { segmentsBench } from './segments.bench.js';
import { smallBench } from './small.bench.js';
import { uploadBench } from './upload.bench.js';

const BENCHMARKS: Readonly<Record<BenchName, Benchmark>> = {
  import: importBench,
  small: smallBench,
  upload: uploadBench,
  segments: segmentsBench,
  scale: scaleBench,
  read: readBench,
  hostile: hostileBench,
  protection: protectionBench,
};
const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs');
const STOPPED = 130;

const startedAt = performance.now();
const say = (line: string): void =>
  console.error(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}`);

/** Measures one after the other on one service, and ends the service whatever happens. */
async function main(options: BenchOptions): Promise<number> {
  const { signal, hurry } = listenForStop();
  let service: BenchService | undefined;
  const probe = startLatencyProbe(() => `${service!.base}/orders`);
  try {
    service = await startBenchService({ log: say, signal, hurry });
    const measuring = measureAll({ service, probe, options, say, signal });
    // What is under way, such as writing a file, may not listen.
    await Promise.race([measuring, aborted(signal).then(() => signal.throwIfAborted())]);
    return 0;
  } catch (error) {
    if (signal.aborted) return STOPPED;
    console.error(reasonOf(error));
    return 1;
  } finally {
    await probe.end();
    await service?.stop();
  }
}

async function measureAll(context: BenchContext): Promise<void> {
  const machine = await describeMachine(context.service.client);
  console.log(machine);
  for (const name of context.options.names) {
    const benchmark = BENCHMARKS[name];
    context.say(`${name}:`);
    const cases = await casesOf(benchmark, context);
    console.log([`\n${benchmark.title}`, ...cases.map((one) => terminalTable(benchmark.figures, one))].join('\n'));
    if (!context.options.isWritten) continue;
    const paths = await writeReport(DOCS, { name, benchmark, cases, machine });
    for (const path of paths) context.say(`written: ${path}`);
  }
}

async function casesOf(benchmark: Benchmark, context: BenchContext): Promise<Case[]> {
  const cases = new Map<string, Run[]>();
  for await (const { of, run } of benchmark.measure(context)) {
    context.signal.throwIfAborted();
    cases.set(of, [...(cases.get(of) ?? []), run]);
  }
  return [...cases].map(([name, runs]) => ({ name, runs }));
}

const args = process.argv.slice(2);
const options = readBenchArguments(args);

if (args.includes('--help') || args.includes('-h')) console.log(USAGE);
else if (options) process.exit(await main(options));
else {
  console.error(USAGE);
  process.exitCode = 2;
}
