import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic, COST, usersIn } from './bench-users.js';
import type { BenchContext, Benchmark, Figure } from './benchmark.js';
import { emptyTables } from './empty-tables.js';
import type { Attack } from './hostile-crowd.js';
import { runImport } from './import-run.js';
import { removeOrderFile, writeOrderFile } from './order-file.js';
import { resetPeak, usageOf } from './process-usage.js';
import { grouped } from './progress.js';
import { ordersAtRandom } from './reading-places.js';
import { percentile } from './statistics.js';

const ROWS = 100_000;
const IDLE_MS = 10_000;
const USERS = { reader: 'vera', victim: 'victor', uploader: 'ivo' };
const MOST_FILE_BYTES = 1024 ** 3;

const FIGURES = [
  { key: 'idleP99Ms', name: 'idle: 99th percentile, ms', digits: 1 },
  { key: 'p99Ms', name: 'under attack: 99th percentile, ms', digits: 1 },
  { key: 'ratio', name: 'under attack to idle', digits: 1 },
  { key: 'seconds', name: 'until the last bad client was cut off, s', digits: 0 },
  { key: 'apiPeakMb', name: 'API: most memory, MB', digits: 0 },
  { key: 'left', name: 'files left of refused uploads', digits: 0 },
] as const satisfies readonly Figure[];

/** What others notice of bad clients. */
export const hostileBench: Benchmark = {
  title: 'Bad clients',
  about: `One order every 10 ms, when the service is idle and while bad clients are at it, all at once: 200 uploads that send a
byte a second, 200 clients that never end their headers, 20 uploads that say they are 10 GB and one that is without end,
at a limit of 1 GB, and 1 000 wrong passwords (bcrypt at cost ${COST}) of another user, 50 at once. Limits are the usual ones, but
for the number of uploads, which lets all of them in. The bad clients run on the same machine, at the lowest priority, because
elsewhere they would have machines of their own; the orders are asked for on 16 connections that stay.`,
  figures: FIGURES,
  chart: {
    title: '99th percentile under attack to idle',
    figure: 'ratio',
    beside: 'p99Ms',
    reference: { name: 'target', value: 3 },
  },
  async *measure(context: BenchContext) {
    const { service, options } = context;
    const file = await writeOrderFile(context, { rows: ROWS, firstId: 1, duplicates: 0, malformed: 0 });
    await emptyTables(context);
    await runImport(context, file);
    await removeOrderFile(file);
    await service.restart(await settings(service.folder), join(service.folder, 'requests.log'));
    const crowd = await startCrowd(context.say);
    try {
      for (let number = 1; number <= (options.runs ?? 3); number++) {
        const run = await measureAttack(context, crowd, `203.0.113.${number}`);
        context.say(`run ${number}: ${grouped(run.p99Ms, 1)} ms, ${grouped(run.ratio, 1)} times idle`);
        yield { of: 'all at once', run };
      }
    } finally {
      await crowd.end();
    }
    await service.restart({});
  },
};

const settings = async (folder: string): Promise<NodeJS.ProcessEnv> => ({
  ...(await usersIn(folder, { viewer: [USERS.reader, USERS.victim], importer: [USERS.uploader] })),
  LOG_LEVEL: 'info',
  TRUST_PROXY: 'loopback',
  IMPORT_MAX_FILE_BYTES: String(MOST_FILE_BYTES),
  LIMIT_UPLOADS: '1000',
  LIMIT_UPLOADS_PER_USER: '1000',
});

/** @param address of the bad clients; one of its own for each run, for those that guessed have to wait */
async function measureAttack(context: BenchContext, crowd: Crowd, address: string) {
  const { service } = context;
  // Once unmeasured, for every user: passwords are looked up the first time.
  for (const user of Object.values(USERS)) await readSomething(service.base, user);
  const idleP99Ms = await p99During(context, sleep(IDLE_MS, undefined, { signal: context.signal }));
  resetPeak(service.apiPid);
  const startedAt = performance.now();
  const target = { origin: new URL(service.base).origin, address, user: USERS.uploader };
  const p99Ms = await p99During(context, crowd.attack({ target, victim: USERS.victim }));
  const seconds = (performance.now() - startedAt) / 1_000;
  const apiPeakMb = usageOf(service.apiPid).peakBytes / 1e6;
  const left = (await readdir(service.uploads)).filter((name) => name.endsWith('.part')).length;
  return { idleP99Ms, p99Ms, ratio: p99Ms / idleP99Ms, seconds, apiPeakMb, left };
}

async function readSomething(base: string, user: string): Promise<void> {
  const { status } = await fetch(`${base}/orders?limit=1`, { headers: { Authorization: basic(user) } });
  if (status !== 200) throw new Error(`${user} was answered with ${status}.`);
}

async function p99During({ service, probe }: BenchContext, work: Promise<unknown>): Promise<number> {
  const urls = ordersAtRandom(ROWS).ours.map((path) => new URL(path, service.base).href);
  probe.start({ urls, everyMs: 10, headers: { authorization: basic(USERS.reader) } });
  await work;
  return percentile(await probe.stop(), 0.99);
}

interface Crowd {
  attack(told: Attack): Promise<void>;
  end(): Promise<void>;
}

/** The bad clients, in a process of their own. */
async function startCrowd(say: (line: string) => void): Promise<Crowd> {
  const program = join(import.meta.dirname, 'hostile-crowd.js');
  const child = fork(program, { stdio: ['ignore', 2, 2, 'ipc'], detached: true });
  const ended = once(child, 'exit');
  const broken = ended.then(() => Promise.reject(new Error('The bad clients ended before their time.')));
  broken.catch(() => undefined);
  const answer = async () => ((await Promise.race([once(child, 'message'), broken])) as unknown[])[0];
  await answer();
  return {
    async attack(told) {
      child.send(told);
      say(`answered by status: ${JSON.stringify(await answer())}`);
    },
    async end() {
      child.kill();
      await ended;
    },
  };
}
