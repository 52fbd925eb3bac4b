import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext, Benchmark, Figure } from './benchmark.js';
import { emptyTables } from './empty-tables.js';
import { runImport } from './import-run.js';
import { removeOrderFile, writeOrderFile, type OrderFile } from './order-file.js';
import { grouped } from './progress.js';
import { ordersAtRandom, pagesEverywhere, type Places } from './reading-places.js';
import { startRequestLoad, type RequestLoad } from './request-load.js';
import { median, percentile } from './statistics.js';

/** As many as the service's pool has by default. */
const CONNECTIONS = 10;
/** Turns of a run, and the length of each server's part of one. */
const ROUNDS = 3;
const SECONDS = 3;
const IDLE_MS = 8_000;

const FIGURES = [
  { key: 'requestsPerSecond', name: 'requests/s', digits: 0 },
  { key: 'bareRequestsPerSecond', name: 'requests/s, bare server in turns', digits: 0 },
  { key: 'ratio', name: 'ratio to the bare server', digits: 2 },
  { key: 'medianMs', name: 'median under this load, ms', digits: 1 },
  { key: 'p99Ms', name: '99th percentile under this load, ms', digits: 1 },
  { key: 'bareMedianMs', name: 'bare server: median, ms', digits: 1 },
  { key: 'bareP99Ms', name: 'bare server: 99th percentile, ms', digits: 1 },
  { key: 'idleP99Ms', name: 'idle: 99th percentile, ms', digits: 1 },
  { key: 'importP99Ms', name: 'during an import: 99th percentile, ms', digits: 1 },
  { key: 'importRatio', name: 'during an import to idle', digits: 1 },
] as const satisfies readonly Figure[];
type ReadRun = Readonly<Record<(typeof FIGURES)[number]['key'], number>>;

/** Reading beside a bare server, and while an import runs. */
export const readBench: Benchmark = {
  title: 'Reading',
  about: `\`GET /orders/{id}\` and pages of 100 at random places among the stored orders (1 000 000 unless \`--rows\` says
otherwise), ${CONNECTIONS} requests at once, in turns with a bare Fastify server over node-postgres: the same columns by
prepared statements, a pool of the same size, the rows answered as they are. Ours reads orders that are asked for in the
same moment by one statement and a page as one binary COPY, logs every request to a file, and tells of the invalid orders,
three of ten, what is wrong with them in words. Then, one order every 10 ms or one page every 20 ms: when the service is idle, and while it imports
as many orders again.`,
  figures: FIGURES,
  chart: {
    title: 'Reading against a bare Fastify + pg server',
    figure: 'ratio',
    beside: 'requestsPerSecond',
    reference: { name: 'bare server', value: 1 },
  },
  async *measure(context: BenchContext) {
    const { service, options } = context;
    await service.restart({ LOG_LEVEL: 'info' }, join(service.folder, 'requests.log'));
    const more = await storeOrders(context);
    const bare = await startBareReader(service.databaseUrl);
    const load = startRequestLoad();
    try {
      for (const places of [ordersAtRandom(options.rows), await pagesEverywhere(context)]) {
        context.say(`${places.name}:`);
        for (let number = 1; number <= (options.runs ?? 3); number++) {
          const run = await measureReading(context, { places, bareUrl: bare.url, load, more });
          context.say(`run ${number}: ratio ${grouped(run.ratio, 2)}, during an import ${grouped(run.importRatio, 1)}`);
          yield { of: places.name, run };
        }
      }
    } finally {
      await Promise.all([load.end(), bare.end()]);
    }
    await removeOrderFile(more);
    await service.restart({});
  },
};

/** Stores the orders that are read. Answers the file of as many more. */
async function storeOrders(context: BenchContext): Promise<OrderFile> {
  const { rows } = context.options;
  const file = await writeOrderFile(context, { rows, firstId: 1, duplicates: 0, malformed: 0 });
  await emptyTables(context);
  await runImport(context, file);
  await settle(context);
  await removeOrderFile(file);
  return writeOrderFile(context, { rows, firstId: rows + 1, seed: 2 });
}

/** Leaves nothing for PostgreSQL to do in the background. */
async function settle({ service, options }: BenchContext): Promise<void> {
  await service.client.query('DELETE FROM orders WHERE id > $1', [options.rows]);
  await service.client.query('VACUUM (ANALYZE) orders');
  await service.client.query('CHECKPOINT');
}

interface Reading {
  readonly places: Places;
  readonly bareUrl: string;
  readonly load: RequestLoad;
  readonly more: OrderFile;
}

async function measureReading(context: BenchContext, reading: Reading): Promise<ReadRun> {
  const speeds = await inTurns(context, reading);
  const idleP99Ms = await p99During(context, reading.places, sleep(IDLE_MS, undefined, { signal: context.signal }));
  const importP99Ms = await p99During(context, reading.places, runImport(context, reading.more, 100));
  await settle(context);
  return { ...speeds, idleP99Ms, importP99Ms, importRatio: importP99Ms / idleP99Ms };
}

async function inTurns({ service }: BenchContext, { places, bareUrl, load }: Reading) {
  const turn = async (seconds: number) => ({
    ours: await load.send({ origin: origin(service.base), paths: places.ours, connections: CONNECTIONS, seconds }),
    bare: await load.send({ origin: bareUrl, paths: places.bare, connections: CONNECTIONS, seconds }),
  });
  // Once unmeasured: code and connections get warm.
  await turn(SECONDS);
  const turns: Awaited<ReturnType<typeof turn>>[] = [];
  for (let round = 1; round <= ROUNDS; round++) turns.push(await turn(SECONDS));
  const middle = (figure: (turn: (typeof turns)[number]) => number) => median(turns.map(figure));
  return {
    requestsPerSecond: middle(({ ours }) => ours.requestsPerSecond),
    bareRequestsPerSecond: middle(({ bare }) => bare.requestsPerSecond),
    ratio: middle(({ ours, bare }) => ours.requestsPerSecond / bare.requestsPerSecond),
    medianMs: middle(({ ours }) => ours.medianMs),
    p99Ms: middle(({ ours }) => ours.p99Ms),
    bareMedianMs: middle(({ bare }) => bare.medianMs),
    bareP99Ms: middle(({ bare }) => bare.p99Ms),
  };
}

async function p99During({ service, probe }: BenchContext, { ours, everyMs }: Places, work: Promise<unknown>) {
  probe.start({ urls: ours.map((path) => origin(service.base) + path), everyMs });
  await work;
  return percentile(await probe.stop(), 0.99);
}

const origin = (base: string): string => new URL(base).origin;

async function startBareReader(databaseUrl: string): Promise<{ readonly url: string; end(): Promise<void> }> {
  const program = join(import.meta.dirname, 'bare-reader.js');
  const child = fork(program, [databaseUrl, String(CONNECTIONS)], { stdio: ['ignore', 2, 2, 'ipc'], detached: true });
  const ended = once(child, 'exit');
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    async end() {
      child.kill();
      await ended;
    },
  };
}
