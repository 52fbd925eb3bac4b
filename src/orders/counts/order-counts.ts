import type { OrderBatch } from '../intake/order-batch.js';
import { nameOfState, numberOfState, STATE_NUMBERS } from '../intake/state-number.js';
import { codesOf, RULES } from '../rules/rule-set.js';
import type { GoneOrder } from '../storing/gone-order.js';

/**
 * How many orders there are of each kind: `valid.CA`, `invalid.CA`, `rule.zipcode_sum`. A state that has not two letters
 * counts as `other`, so that a file cannot make kinds as it likes.
 */
export type OrderCounts = Readonly<Record<string, number>>;

const kindOf = (isValid: boolean, state: number): string => `${isValid ? 'valid' : 'invalid'}.${nameOfState(state)}`;

/** What a stored batch changes: its orders but for the duplicates more, those that are gone less. */
export function countsOfBatch(
  { broken, states }: OrderBatch,
  isDuplicate: Uint8Array,
  gone: readonly GoneOrder[],
): OrderCounts {
  const ofStates = [new Uint32Array(STATE_NUMBERS), new Uint32Array(STATE_NUMBERS)] as const;
  const ofBroken = new Uint32Array(1 << RULES.length);
  for (let number = 0; number < broken.length; number++) {
    if (isDuplicate[number] === 1) continue;
    ofBroken[broken[number]!]! += 1;
    ofStates[broken[number] === 0 ? 1 : 0][states[number]!]! += 1;
  }
  const counts = countsOfGone(gone);
  const add = (kind: string, count: number) => void (count > 0 && (counts[kind] = (counts[kind] ?? 0) + count));
  ofStates.forEach((ofState, valid) => ofState.forEach((count, state) => add(kindOf(valid === 1, state), count)));
  ofBroken.forEach((count, bits) => count > 0 && codesOf(bits).forEach((code) => add(`rule.${code}`, count)));
  return counts;
}

/** What the removal of orders changes. */
export function countsOfGone(gone: readonly GoneOrder[]): Record<string, number> {
  const counts: Record<string, number> = {};
  const less = (kind: string) => (counts[kind] = (counts[kind] ?? 0) - 1);
  for (const { valid, state, violations } of gone) {
    less(kindOf(valid, numberOfState(state)));
    for (const code of violations) less(`rule.${code}`);
  }
  return counts;
}

/** Notes a change, which is `$1`, in the transaction that makes it. The notes are added up by TidyOrdersCommand. */
export const NOTE_COUNTS = 'INSERT INTO order_counts (counts) VALUES ($1)';

/** All that was noted, added up. */
export const SUM_OF_COUNTS = `SELECT key, sum(value::bigint) AS count
  FROM order_counts, jsonb_each_text(counts) GROUP BY key HAVING sum(value::bigint) <> 0`;
