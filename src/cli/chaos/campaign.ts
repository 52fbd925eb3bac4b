import type { Random } from '../random.js';
import { reasonOf } from '../problem.js';
import type { ChaosService } from './chaos-service.js';
import type { Chaos, Fault, Strike } from './fault.js';
import { judge, sumOf, type Verdict } from './verdict.js';

/** A fault and how often it is to happen. */
export interface Order {
  readonly fault: Fault;
  readonly times: number;
}

/** What came of a fault. */
export interface Row {
  readonly name: string;
  /** Why it was not run; null where it was. */
  readonly obstacle: string | null;
  readonly wanted: number;
  readonly hits: number;
  /** Kills of workers that PostgreSQL saw in a COPY. */
  readonly insideCopy: number;
  readonly recoveriesMs: readonly number[];
  readonly verdict: Verdict;
}

/** Strikes that may miss for each that is to hit: an import can end before it is struck. */
const TRIES = 3;
/** Strikes before all imports are waited for and looked at. */
const MOST_OF_A_ROUND = 10;

/**
 * Makes the fault happen so many times while imports run, waits until all of them are final, and compares what is
 * stored with what was sent.
 */
export async function runOrder(chaos: Chaos, { fault, times }: Order, say: (line: string) => void): Promise<Row> {
  const obstacle = (await fault.obstacle?.(chaos)) ?? null;
  const row = { name: fault.name, obstacle, wanted: times };
  if (obstacle !== null) {
    say(`${fault.name}: not run, ${obstacle}`);
    return { ...row, hits: 0, insideCopy: 0, recoveriesMs: [], verdict: sumOf([]) };
  }
  const { load, service } = chaos;
  const recoveriesMs: number[] = [];
  const differences: string[] = [];
  let hits = 0;
  let insideCopy = 0;
  for (let strike = 0; hits < times && strike < times * TRIES; strike++) {
    const struck = await struckOrFailed(chaos, fault);
    recoveriesMs.push(...(struck.recoveriesMs ?? []));
    differences.push(...(struck.differences ?? []));
    if (struck.hit) hits += 1;
    if (struck.insideCopy) insideCopy += 1;
    const recovery = (struck.recoveriesMs ?? []).map((ms) => `${Math.round(ms)} ms`).join(', ') || '–';
    say(`${fault.name} ${hits}/${times}${struck.hit ? '' : ' (missed)'}, recovery ${recovery}`);
  }
  const found = await judge(service.origin, service.ledger, load.sent).catch((error: unknown) => ({
    ...sumOf([]),
    differences: [reasonOf(error)],
  }));
  differences.push(
    ...(await connectionsLeft(service)),
    ...found.differences,
    ...load.odd,
    ...service.surprises.splice(0),
  );
  differences.push(...recoveriesMs.filter((ms) => ms === Infinity).map(() => 'a segment did not go on for a minute'));
  [load.sent, load.odd] = [[], []];
  const verdict = { ...found, differences };
  say(`${fault.name}: ${verdict.imports} imports, ${verdict.records} records, ${differences.length} differences`);
  for (const difference of differences) say(`  DIFFERENCE ${difference}`);
  return { ...row, hits, insideCopy, recoveriesMs, verdict };
}

/** More connections than the processes may have were left open by a fault. */
async function connectionsLeft({ ledger, mostConnections }: ChaosService): Promise<string[]> {
  const [{ count }] = (await ledger.query(
    "SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'acme-orders%'",
  )) as [{ count: number }];
  return count > mostConnections ? [`${count} connections to PostgreSQL, at most ${mostConnections} expected`] : [];
}

/** A fault after which the service does not come back is a difference, and no reason to end. */
async function struckOrFailed(chaos: Chaos, fault: Fault): Promise<Strike> {
  try {
    await chaos.service.ready();
    return await fault.strike(chaos);
  } catch (error) {
    return { hit: false, differences: [reasonOf(error)] };
  }
}

/** Something that is wrong beside the faults. */
export const differenceRow = (name: string, difference: string): Row => ({
  name,
  obstacle: null,
  wanted: 1,
  hits: 1,
  insideCopy: 0,
  recoveriesMs: [],
  verdict: { ...sumOf([]), differences: [difference] },
});

/** The rows of one fault as one. */
export function sumOfRows(rows: readonly Row[]): Row {
  const sum = (figure: (row: Row) => number) => rows.reduce((all, row) => all + figure(row), 0);
  return {
    ...rows[0]!,
    wanted: sum(({ wanted }) => wanted),
    hits: sum(({ hits }) => hits),
    insideCopy: sum(({ insideCopy }) => insideCopy),
    recoveriesMs: rows.flatMap(({ recoveriesMs }) => recoveriesMs),
    verdict: sumOf(rows.map(({ verdict }) => verdict)),
  };
}

/** So many kills, spread over the ways of killing by their share; each way at least once. */
export function spread(kills: number, shares: readonly (readonly [Fault, number])[]): Order[] {
  const all = shares.reduce((sum, [, share]) => sum + share, 0);
  return shares.flatMap(([fault, share]) => inRounds(fault, Math.max(1, Math.ceil((kills * share) / all))));
}

function inRounds(fault: Fault, times: number): Order[] {
  const rounds = Math.ceil(times / MOST_OF_A_ROUND);
  return Array.from({ length: rounds }, (_, round) => ({
    fault,
    times: Math.min(MOST_OF_A_ROUND, times - round * MOST_OF_A_ROUND),
  }));
}

export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let at = result.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [result[at], result[other]] = [result[other]!, result[at]!];
  }
  return result;
}
