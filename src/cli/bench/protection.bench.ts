import { join } from 'node:path';
import { basic, COST, usersIn } from './bench-users.js';
import type { BenchContext, Benchmark, Figure } from './benchmark.js';
import { emptyTables } from './empty-tables.js';
import { runImport } from './import-run.js';
import { removeOrderFile, writeOrderFile, type OrderFile } from './order-file.js';
import { grouped } from './progress.js';
import { ordersAtRandom, pagesEverywhere } from './reading-places.js';
import { startRequestLoad } from './request-load.js';
import { median } from './statistics.js';

/** As many as the service's pool has by default. */
const CONNECTIONS = 10;
/** Turns of a run, and the length of each server's part of one: short ones, for the machine is never the same for long. */
const TURNS = 5;
const SECONDS = 1;
/** How long a server is warmed: code, connections, and the hash of a password that is due again. */
const WARM_SECONDS = 2;
const USER = 'ada';

const FIGURES = [
  { key: 'with', name: 'per second', digits: 0 },
  { key: 'without', name: 'per second, with none of it', digits: 0 },
  { key: 'ratio', name: 'ratio', digits: 2 },
] as const satisfies readonly Figure[];

const NONE = {
  LOG_LEVEL: 'silent',
  LIMIT_REQUESTS_PER_MINUTE: '0',
  LIMIT_QUEUED_IMPORTS_PER_USER: '0',
  LIMIT_UPLOAD_BYTES_PER_SECOND: '0',
  DATABASE_STATEMENT_TIMEOUT_MS: '0',
};
const LOG = { LOG_LEVEL: 'info' };
/** The usual ones, and one of requests that is never reached. */
const LIMITS = {
  LIMIT_REQUESTS_PER_MINUTE: '1000000000',
  LIMIT_QUEUED_IMPORTS_PER_USER: '1000',
  LIMIT_UPLOAD_BYTES_PER_SECOND: '1024',
  DATABASE_STATEMENT_TIMEOUT_MS: '30000',
};

/** What users, limits and the log cost those who send good requests. */
export const protectionBench: Benchmark = {
  title: 'What protection costs',
  about: `The service with users (bcrypt at cost ${COST}), limits and a log line for every request, against the same service with
none of the three: requests, and records of imports, in a second. Single orders and pages of 100 at random places among
the stored ones (1 000 000 unless \`--rows\` says otherwise), ${CONNECTIONS} requests at once, in turns of a second by two processes
that are new for each run; and imports of as many, in turns as well. Metrics are always on. What "none twice" differs from
1 is chance. The hash of the password of a user who asks all the time, once in 30 seconds, falls between the turns.`,
  figures: FIGURES,
  chart: {
    title: 'Speed with protection against none',
    figure: 'ratio',
    beside: 'with',
    reference: { name: 'asked at least', value: 0.9 },
  },
  async *measure(context: BenchContext) {
    const { service, options } = context;
    const users = await usersIn(service.folder, { admin: [USER] });
    const all = { ...LOG, ...LIMITS, ...users };
    const file = await writeOrderFile(context, { rows: options.rows, firstId: 1, duplicates: 0, malformed: 0 });
    // Once unmeasured: the first import makes PostgreSQL's files.
    await importWith(context, {}, file);
    for (let number = 1; number <= (options.runs ?? 3); number++) {
      const without = await importWith(context, {}, file);
      yield said(context, number, 'import, all three', compare(await importWith(context, all, file), without));
    }
    await service.restart({});
    yield* reading(context, { 'none twice': {}, log: LOG, limits: LIMITS, users, 'all three': all });
    await removeOrderFile(file);
  },
};

const compare = (speed: number, without: number) => ({ with: speed, without, ratio: speed / without });

function said({ say }: BenchContext, number: number, of: string, run: ReturnType<typeof compare>) {
  say(`run ${number}: ${of}: ratio ${grouped(run.ratio, 2)}`);
  return { of, run };
}

/** Records in a second, first byte to final state. */
async function importWith(context: BenchContext, settings: NodeJS.ProcessEnv, file: OrderFile): Promise<number> {
  const { service } = context;
  await service.restart({ ...NONE, ...settings }, join(service.folder, 'requests.log'));
  await emptyTables(context);
  const { totalMs } = await runImport({ ...context, headers: headersOf(settings) }, file);
  await service.client.query('VACUUM (ANALYZE) orders');
  await service.client.query('CHECKPOINT');
  return (file.oracle.rows / totalMs) * 1_000;
}

type Server = Awaited<ReturnType<typeof startServer>>;

async function startServer({ service }: BenchContext, settings: NodeJS.ProcessEnv) {
  const api = await service.startApi({ ...NONE, ...settings }, join(service.folder, 'requests.log'));
  return { ...api, headers: headersOf(settings) };
}

/**
 * Reads what is stored through a server with each of these settings and one with none, in turns. Both are new each time
 * and answer as much: of two servers with the same settings, the one that is asked more answers sooner.
 */
async function* reading(context: BenchContext, settings: Readonly<Record<string, NodeJS.ProcessEnv>>) {
  const { options } = context;
  const load = startRequestLoad();
  const cases = [ordersAtRandom(options.rows), await pagesEverywhere(context)];
  try {
    for (let number = 1; number <= (options.runs ?? 3); number++) {
      for (const [protection, more] of Object.entries(settings)) {
        const bare = await startServer(context, {});
        const server = await startServer(context, more);
        const inOrder = number % 2 === 0 ? [bare, server] : [server, bare];
        for (const { name, ours } of cases) {
          const speedOf = async ({ url, headers }: Server, seconds = SECONDS): Promise<number> =>
            (await load.send({ origin: url, paths: ours, connections: CONNECTIONS, seconds, headers }))
              .requestsPerSecond;
          for (const each of inOrder) await speedOf(each, WARM_SECONDS);
          yield said(context, number, `${name}, ${protection}`, await inTurns(speedOf, server, bare));
        }
        await Promise.all([bare.end(), server.end()]);
      }
    }
  } finally {
    await load.end();
  }
}

/** The middle of several turns, in which now the one and now the other is first. */
async function inTurns(speedOf: (server: Server) => Promise<number>, server: Server, bare: Server) {
  const turns: ReturnType<typeof compare>[] = [];
  for (let turn = 1; turn <= TURNS; turn++) {
    const speeds = new Map<Server, number>();
    for (const each of turn % 2 === 0 ? [server, bare] : [bare, server]) speeds.set(each, await speedOf(each));
    turns.push(compare(speeds.get(server)!, speeds.get(bare)!));
  }
  return middleOf(turns);
}

const middleOf = (turns: readonly ReturnType<typeof compare>[]) => ({
  with: median(turns.map((turn) => turn.with)),
  without: median(turns.map((turn) => turn.without)),
  ratio: median(turns.map(({ ratio }) => ratio)),
});

const headersOf = (settings: NodeJS.ProcessEnv): Readonly<Record<string, string>> =>
  settings.AUTH_USERS_FILE === undefined ? {} : { authorization: basic(USER) };
