import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Oracle } from '../generate-orders.js';
import { lastStatusFault, type SeenStatus } from './client-view.js';
import { judgeFailed } from './failed-import.js';
import { countsOf, outcomesOf, storedOrders, totalsOf, type Outcomes } from './import-records.js';
import type { Ledger } from './ledger.js';
import type { Sent } from './load.js';

/** What became of the files that were sent. */
export interface Verdict {
  readonly imports: number;
  readonly records: number;
  /** Rows that orders and rejects must have. */
  readonly orders: number;
  readonly rejects: number;
  /** Records that were accepted and have no outcome. */
  readonly lost: number;
  /** Outcomes that a record has beside its first. */
  readonly doubled: number;
  /** Everything that is not as it must be. */
  readonly differences: readonly string[];
}

const FINAL_MS = 90_000;
const LOOK_MS = 30;

/** Waits until every import is final, and compares what is stored with the oracles of the files. */
export async function judge(origin: string, ledger: Ledger, sent: readonly Sent[]): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  // One after the other: each holds all orders of a file.
  for (const one of sent) verdicts.push(await judgeOne(origin, ledger, one));
  return sumOf(verdicts);
}

export function sumOf(verdicts: readonly Verdict[]): Verdict {
  const sum = (figure: (verdict: Verdict) => number) => verdicts.reduce((all, one) => all + figure(one), 0);
  return {
    imports: sum(({ imports }) => imports),
    records: sum(({ records }) => records),
    orders: sum(({ orders }) => orders),
    rejects: sum(({ rejects }) => rejects),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    differences: verdicts.flatMap(({ differences }) => differences),
  };
}

const NOTHING: Verdict = sumOf([]);

async function judgeOne(origin: string, ledger: Ledger, sent: Sent): Promise<Verdict> {
  const found = await ledger.query<{ id: string }>('SELECT id FROM imports WHERE file_sha256 = $1', [sent.sha256]);
  const { firstId, lastId, read } = sent.oracle;
  const span = await ledger.query<{ n: number }>('SELECT count(*)::int AS n FROM orders WHERE id BETWEEN $1 AND $2', [
    firstId,
    lastId,
  ]);
  if (found.length === 0) {
    const differences = span[0]!.n > 0 ? [`${span[0]!.n} orders of a file that no import knows`] : [];
    if (sent.importId === null) return { ...NOTHING, differences };
    const isGone = `import ${sent.importId} was answered 202 and is gone`;
    return { ...NOTHING, records: read, lost: read, differences: [...differences, isGone] };
  }
  const [{ id }] = found as [{ id: string }];
  const differences: string[] = [];
  if (found.length > 1) differences.push(`one upload became ${found.length} imports`);
  if (sent.importId !== null && sent.importId !== id) differences.push(`import ${sent.importId} is another file's`);
  const state = await finalState(ledger, id);
  if (state !== 'completed' && sent.spoilt) {
    const remains = await judgeFailed(origin, ledger, id, sent.oracle, sent.spoilt);
    return { imports: 1, lost: 0, ...remains, differences: [...differences, ...remains.differences] };
  }
  if (state === 'completed') differences.push(...(await statusFaults(origin, id, sent.oracle)));
  else differences.push(`import ${id} is ${state}`);
  return judgeImport(ledger, id, sent.oracle, differences);
}

async function statusFaults(origin: string, id: string, oracle: Oracle): Promise<string[]> {
  const fault = await lastStatusFault(origin, id, (seen) => statusFault(seen, oracle));
  return fault === null ? [] : [`status of ${id}: ${fault}`];
}

async function judgeImport(ledger: Ledger, id: string, oracle: Oracle, differences: string[]): Promise<Verdict> {
  const ledgerTotals = await totalsOf(ledger, id);
  const wanted = countsOf(oracle);
  if (!isDeepStrictEqual(ledgerTotals, wanted)) differences.push(`ledger of ${id}: ${text(ledgerTotals, wanted)}`);
  const digest = await digestOf(ledger, id, oracle);
  if (!isDeepStrictEqual(digest, oracle.digest)) differences.push(`orders of ${id}: ${text(digest, oracle.digest)}`);
  const outcomes = await outcomesOf(ledger, id);
  const { lost, doubled } = outcomesAgainst(outcomes, oracle, id, differences);
  const { read: records, valid, invalid } = oracle;
  const rows = { orders: valid + invalid, rejects: records - valid };
  return { imports: 1, records, ...rows, lost, doubled, differences };
}

const text = (found: unknown, wanted: unknown): string => `${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`;

async function finalState(ledger: Ledger, id: string): Promise<string> {
  const until = performance.now() + FINAL_MS;
  for (;;) {
    const rows = await ledger.query<{ state: string; failure: unknown }>(
      'SELECT state, failure FROM imports WHERE id = $1',
      [id],
    );
    const { state, failure } = rows[0]!;
    if (state !== 'queued' && state !== 'running') return failure ? `${state} ${JSON.stringify(failure)}` : state;
    if (performance.now() > until) return `still ${state} after ${FINAL_MS / 1_000} s`;
    await sleep(LOOK_MS);
  }
}

function statusFault({ state, counts, violations, progress }: SeenStatus, oracle: Oracle): string | null {
  const wanted = { read: oracle.read, ...countsOf(oracle) };
  if (state !== 'completed' || progress.percent !== 100) return `${state}, ${progress.percent} %`;
  if (!isDeepStrictEqual(counts, wanted)) return text(counts, wanted);
  return isDeepStrictEqual(violations, oracle.violations) ? null : text(violations, oracle.violations);
}

async function digestOf(ledger: Ledger, id: string, oracle: Oracle): Promise<Oracle['digest']> {
  const orders = await storedOrders(ledger, id, oracle);
  if (orders.some(({ importId }) => importId !== id)) {
    return { orders: orders.length, sum: 'orders of another import among them' };
  }
  let sum = 0n;
  for (const [index, { line }] of orders.entries()) {
    // The lines that the service talks through are in this process, and must not stand still.
    if (index % 5_000 === 0) await setImmediate();
    sum = BigInt.asUintN(64, sum + hash('sha1', line, 'buffer').readBigUInt64BE(0));
  }
  return { orders: orders.length, sum: sum.toString() };
}

function outcomesAgainst(found: Outcomes, { read, duplicate, malformed }: Oracle, id: string, differences: string[]) {
  const lost = read - found.records;
  const doubled = found.outcomes - found.records;
  const wanted = {
    outcomes: read,
    records: read,
    least: 1,
    most: read,
    duplicate,
    malformed,
    misplaced: 0,
    unpaired: 0,
  };
  if (!isDeepStrictEqual(found, wanted)) differences.push(`outcomes of ${id}: ${text(found, wanted)}`);
  return { lost: Math.max(lost, 0), doubled };
}
