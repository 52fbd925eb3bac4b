import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Oracle } from '../generate-orders.js';
import type { ImportStatus } from '../service-client.js';
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
const STATUS_MS = 15_000;
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
  return judgeImport(origin, ledger, id, sent.oracle, differences);
}

async function judgeImport(
  origin: string,
  ledger: Ledger,
  id: string,
  oracle: Oracle,
  differences: string[],
): Promise<Verdict> {
  const state = await finalState(ledger, id);
  if (state !== 'completed') differences.push(`import ${id} is ${state}`);
  const status = await finalStatus(origin, id, oracle);
  if (status !== null) differences.push(`status of ${id}: ${status}`);
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

const OUTCOMES = ['valid', 'invalid', 'duplicate', 'malformed'] as const;
type Counts = Record<(typeof OUTCOMES)[number], number>;

const countsOf = (from: Readonly<Counts>): Counts =>
  Object.fromEntries(OUTCOMES.map((outcome) => [outcome, from[outcome]])) as Counts;

async function totalsOf(ledger: Ledger, id: string): Promise<Counts> {
  const sums = OUTCOMES.map((outcome) => `sum(${outcome})::int AS ${outcome}`).join(', ');
  return (await ledger.query<Counts>(`SELECT ${sums} FROM segments WHERE import_id = $1`, [id]))[0]!;
}

/** What is wrong with the status that a client sees, or null. It may be behind the ledger for the time of a sweep. */
async function finalStatus(origin: string, id: string, oracle: Oracle): Promise<string | null> {
  const until = performance.now() + STATUS_MS;
  for (;;) {
    const answer = await fetch(`${origin}/acme_orders/api/v1/imports/${id}`).catch(() => null);
    const status = answer?.ok ? ((await answer.json()) as ImportStatus) : null;
    const fault = status ? statusFault(status, oracle) : `no answer (${answer?.status ?? 'no connection'})`;
    if (fault === null || performance.now() > until) return fault;
    await sleep(LOOK_MS);
  }
}

function statusFault({ state, counts, violations, progress }: ImportStatus, oracle: Oracle): string | null {
  const wanted = { read: oracle.read, ...countsOf(oracle) };
  if (state !== 'completed' || progress.percent !== 100) return `${state}, ${progress.percent} %`;
  if (!isDeepStrictEqual(counts, wanted)) return text(counts, wanted);
  return isDeepStrictEqual(violations, oracle.violations) ? null : text(violations, oracle.violations);
}

/** As the oracle's digest: see `generate-orders.ts`. By id range as well, so that nobody else's orders count. */
async function digestOf(ledger: Ledger, id: string, { firstId, lastId }: Oracle): Promise<Oracle['digest']> {
  const rows = await ledger.rows(
    `SELECT id, name, email, state, zipcode, birthday::text, valid, violations, import_id FROM orders
     WHERE import_id = $1 OR id BETWEEN $2 AND $3`,
    [id, firstId, lastId],
  );
  let sum = 0n;
  for (const [index, row] of rows.entries()) {
    // The lines that the service talks through are in this process, and must not stand still.
    if (index % 5_000 === 0) await setImmediate();
    const [order, name, email, state, zipcode, birthday, valid, violations, importId] = row;
    if (importId !== id) return { orders: rows.length, sum: 'orders of another import among them' };
    const broken = (violations as string[]).toSorted().join(',');
    const line = [order, name, email, state, zipcode, birthday, valid, broken].join('|');
    sum = BigInt.asUintN(64, sum + hash('sha1', line, 'buffer').readBigUInt64BE(0));
  }
  return { orders: rows.length, sum: sum.toString() };
}

interface Outcomes {
  /** Outcomes in all, and the records that have any. */
  readonly outcomes: number;
  readonly records: number;
  readonly least: number;
  readonly most: number;
  readonly duplicate: number;
  readonly malformed: number;
  /** Invalid orders that have no reject of their record, and rejects that are no invalid order's. */
  readonly unpaired: number;
}

/** An invalid order stands in both tables, each other outcome in one. */
async function outcomesOf(ledger: Ledger, id: string): Promise<Outcomes> {
  const rows = await ledger.query<Outcomes>(
    `WITH stored AS (SELECT record, valid FROM orders WHERE import_id = $1),
       refused AS (SELECT record, outcome FROM rejects WHERE import_id = $1),
       every AS (SELECT record FROM stored UNION ALL SELECT record FROM refused WHERE outcome <> 'invalid')
     SELECT count(*)::int AS outcomes, count(DISTINCT record)::int AS records,
       min(record)::int AS least, max(record)::int AS most,
       (SELECT count(*)::int FROM refused WHERE outcome = 'duplicate') AS duplicate,
       (SELECT count(*)::int FROM refused WHERE outcome = 'malformed') AS malformed,
       (SELECT count(*)::int FROM (SELECT record FROM stored WHERE NOT valid) s
          FULL JOIN (SELECT record FROM refused WHERE outcome = 'invalid') r USING (record)
          WHERE s.record IS NULL OR r.record IS NULL) AS unpaired
     FROM every`,
    [id],
  );
  return rows[0]!;
}

function outcomesAgainst(found: Outcomes, { read, duplicate, malformed }: Oracle, id: string, differences: string[]) {
  const lost = read - found.records;
  const doubled = found.outcomes - found.records;
  const wanted = { outcomes: read, records: read, least: 1, most: read, duplicate, malformed, unpaired: 0 };
  if (!isDeepStrictEqual(found, wanted)) differences.push(`outcomes of ${id}: ${text(found, wanted)}`);
  return { lost: Math.max(lost, 0), doubled };
}
