import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { reasonOf } from '../problem.js';
import { randomFrom, type Random } from '../random.js';
import { listenForStop } from '../signals.js';
import { Books } from './books.js';
import { differenceRow, runOrder, shuffled, spread, type Order, type Row } from './campaign.js';
import { startChaosService } from './chaos-service.js';
import { clockJumps } from './faults/clock-fault.js';
import { doubleDelivery } from './faults/delivery-fault.js';
import { KILL_FAULTS } from './faults/kill-faults.js';
import { NETWORK_FAULTS } from './faults/network-faults.js';
import { ordersFull } from './faults/orders-full-fault.js';
import { POSTGRES_FAULTS } from './faults/postgres-faults.js';
import { REDIS_FAULTS } from './faults/redis-faults.js';
import { SPOILT_FILE_FAULTS } from './faults/spoilt-file-faults.js';
import { STOP_FAULTS } from './faults/stop-faults.js';
import { storageFull } from './faults/storage-fault.js';
import { Load } from './load.js';
import { failuresOf, faultsOf, tableOf } from './report.js';

const USAGE = `Usage: npm run chaos [-- options]

Starts a service of its own, breaks it in every way there is while it imports files, and compares what is stored with
what was sent. Nothing else on this machine is touched; libfaketime is installed where root may, to make clocks jump.

  --seed N      same seed, same files and same order of faults (default: random, and printed)
  --kills N     least number of kill -9 of workers and API (default 50)
  --minutes M   the long form: goes on for so long, then also measures with the default settings
  --defaults    with the default settings only
  --only TEXT   only faults whose name holds this text; such a run proves less`;

function showFault(error: unknown): number {
  console.error(reasonOf(error));
  return 1;
}

/** Settings under which a recovery takes seconds and a small file has several segments of several chunks. */
const QUICK = {
  leaseMs: 2_000,
  env: {
    IMPORT_LEASE_MS: '2000',
    IMPORT_SWEEP_MS: '300',
    IMPORT_CHUNK_RECORDS: '2000',
    IMPORT_SEGMENT_BYTES: String(512 * 1024),
    IMPORT_SLOTS: '2',
  },
  records: [16_000, 44_000],
} as const;
/** As the service runs where nobody sets anything. */
const DEFAULTS = { leaseMs: 10_000, env: {}, records: [300_000, 500_000] } as const;

interface Run {
  readonly random: Random;
  readonly rows: Row[];
  readonly signal: AbortSignal;
  kills: number;
}

interface Stage {
  readonly leaseMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly records: readonly [number, number];
  /** The rounds, one after the other. */
  orders(random: Random): Iterable<Order>;
}

const startedAt = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}`);

/** Starts a service, carries the orders out one by one, and ends the service. */
async function runStage(run: Run, stage: Stage): Promise<void> {
  const service = await startChaosService({ workers: 2, say, ...stage, signal: run.signal });
  let isClean = false;
  try {
    const { origin, folder, ledger } = service;
    const load = new Load({ origin, folder: `${folder}/files`, records: stage.records }, run.random, ledger);
    const chaos = { service, load, random: run.random };
    const books = new Books(chaos);
    for (const order of stage.orders(run.random)) {
      run.signal.throwIfAborted();
      if (order.fault.onEmptyTables) run.rows.push(...(await books.close()));
      const row = await runOrder(chaos, order, say);
      run.rows.push(row, ...(await books.enter(row.verdict)));
    }
    run.rows.push(...(await books.close()));
    isClean = books.isClean;
  } catch (error) {
    run.signal.throwIfAborted();
    say(`Broken off: ${reasonOf(error)}`);
    run.rows.push(differenceRow('broken off', reasonOf(error)));
  } finally {
    run.kills += service.kills();
    if (!isClean) say(`Logs and data are kept in ${service.folder}`);
    await service.stop(!isClean);
  }
}

const OTHER_FAULTS = [
  ...STOP_FAULTS,
  ...REDIS_FAULTS,
  ...POSTGRES_FAULTS,
  ...NETWORK_FAULTS,
  doubleDelivery,
  storageFull,
  ordersFull,
  ...SPOILT_FILE_FAULTS,
  clockJumps,
];

const everyFault = (kills: number, random: Random): Order[] =>
  shuffled([...spread(kills, KILL_FAULTS), ...OTHER_FAULTS.map((fault) => ({ fault, times: 1 }))], random);

function* ordersUntil(endAt: number, kills: number, random: Random): Generator<Order> {
  // The first time all of them, however long that takes.
  for (let pass = 0; pass === 0 || performance.now() < endAt; pass++) {
    for (const order of everyFault(kills, random)) {
      if (pass > 0 && performance.now() > endAt) return;
      yield order;
    }
  }
}

/** As rows of their own: their recovery is what an operator will see. */
const withDefaults = (): Order[] =>
  [
    ...KILL_FAULTS.filter(([{ name }]) => name.includes('worker')).map(([fault]) => ({ fault, times: 4 })),
    ...[...STOP_FAULTS, ...POSTGRES_FAULTS, ...NETWORK_FAULTS].map((fault) => ({ fault, times: 1 })),
  ].map(({ fault, times }) => ({ fault: { ...fault, name: `${fault.name} (defaults)` }, times }));

interface Wish {
  readonly seed: number;
  readonly kills: number;
  readonly minutes: number;
  readonly defaults: boolean;
  readonly only: string;
}

function* onlyThose(orders: Iterable<Order>, only: string): Generator<Order> {
  for (const order of orders) if (order.fault.name.includes(only)) yield order;
}

async function main({ seed, kills, minutes, defaults, only }: Wish): Promise<number> {
  const { signal } = listenForStop();
  const run: Run = { random: randomFrom(seed), rows: [], signal, kills: 0 };
  console.log(`Seed ${seed}; Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`);
  const endAt = performance.now() + minutes * 60_000;
  const quick = (random: Random) => onlyThose(ordersUntil(endAt, kills, random), only);
  if (!defaults) await runStage(run, { ...QUICK, orders: quick });
  if (defaults || minutes > 0) await runStage(run, { ...DEFAULTS, orders: () => onlyThose(withDefaults(), only) });
  console.log(tableOf(run.rows));
  const isWhole = only === '' && !defaults;
  const failures = isWhole ? failuresOf(run.rows, run.kills, kills) : faultsOf(run.rows);
  for (const failure of failures) console.log(`FAILED  ${failure}`);
  const verdict = failures.length === 0 ? 'Nothing was lost, doubled or left behind' : 'FAILED';
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${verdict}: ${run.kills} kills of workers and API, seed ${seed}, ${seconds} s`);
  return failures.length === 0 ? 0 : 1;
}

const isNumber = (text: string): boolean => /^\d{1,9}$/.test(text);

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    kills: { type: 'string', default: '50' },
    minutes: { type: 'string', default: '0' },
    defaults: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', short: 'h' },
  },
});

const { seed, kills, minutes } = values;

if (values.help) console.log(USAGE);
else if ([seed, kills, minutes].every(isNumber)) {
  const wish = { ...values, seed: Number(seed), kills: Number(kills), minutes: Number(minutes) };
  process.exit(await main(wish).catch(showFault));
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
