import { z } from 'zod';
import type { OrderCounts } from './counts/order-counts.js';
import { RULES } from './rules/rule-set.js';

const count = (description: string, example: number) =>
  z
    .int()
    .min(0)
    .meta({ description, examples: [example] });

const byValidity = { valid: count('Orders that break no rule.', 69_643), invalid: count('Orders that do.', 29_265) };

const ofStateSchema = z
  .object({
    state: z
      .string()
      .max(5)
      .regex(/^([A-Z]{2}|other)$/),
    ...byValidity,
  })
  .meta({ examples: [{ state: 'CA', valid: 1_980, invalid: 410 }] });
/** Most states: each of two letters, and the others. */
const MOST_STATES = 26 * 26 + 1;

export const orderStatsSchema = z
  .object({
    total: count('All orders.', 98_908),
    ...byValidity,
    states: z
      .array(ofStateSchema)
      .max(MOST_STATES)
      .meta({ description: 'By state, in the order of the alphabet; `other` is what has not two letters.' }),
    rules: z.object(Object.fromEntries(RULES.map(({ code }) => [code, z.int().min(0)]))).meta({
      description: 'Orders that break each rule.',
      examples: [Object.fromEntries(RULES.map(({ code }) => [code, 9_737]))],
    }),
  })
  .meta({ id: 'OrderStats', description: 'How many orders there are.' });
export type OrderStats = z.infer<typeof orderStatsSchema>;

/** The counts as clients see them. */
export function toOrderStats(counts: OrderCounts): OrderStats {
  const names = Object.keys(counts).flatMap((kind) => /^(?:in)?valid\.(\w+)$/.exec(kind)?.[1] ?? []);
  const states = [...new Set(names)].toSorted(byAlphabet).map((state) => ({
    state,
    valid: counts[`valid.${state}`] ?? 0,
    invalid: counts[`invalid.${state}`] ?? 0,
  }));
  const valid = states.reduce((sum, each) => sum + each.valid, 0);
  const invalid = states.reduce((sum, each) => sum + each.invalid, 0);
  const rules = Object.fromEntries(RULES.map(({ code }) => [code, counts[`rule.${code}`] ?? 0]));
  return { total: valid + invalid, valid, invalid, states, rules };
}

/** Capitals come before small letters, so `other` is the last. */
const byAlphabet = (a: string, b: string): number => (a < b ? -1 : 1);
