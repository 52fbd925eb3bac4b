import { z } from 'zod';
import { allowedAge } from './allowed-age.rule.js';
import { allowedState } from './allowed-state.rule.js';
import { emailPattern } from './email-pattern.rule.js';
import { emailState } from './email-state.rule.js';
import type { JudgedOrder } from './rule.js';
import { zipcodeLength } from './zipcode-length.rule.js';
import { zipcodeSum } from './zipcode-sum.rule.js';

/** The rules that an order can break. A violation is kept by the rule's code; the place in this list means nothing. */
export const RULES = [allowedState, zipcodeLength, zipcodeSum, allowedAge, emailPattern, emailState] as const;
export type RuleCode = (typeof RULES)[number]['code'];

/** The rule that lets a repeated destination pass without the others. It judges no order, so no order breaks it. */
export const SAME_DESTINATION = 'same_destination';

/** Every rule's code, in the order in which they are documented. */
export const RULE_CODES = [...RULES.map(({ code }) => code), SAME_DESTINATION] as const;

/** `false` switches a rule off; what is not given is the default. */
const orOff = <T extends z.ZodType>(params: T) => z.union([z.literal(false), params]).optional();

/**
 * The rules in force with their parameters: for each code the parameters, or `false` where the rule is switched off.
 * An import keeps the set that it was accepted with.
 */
export const ruleSetSchema = z.strictObject({
  allowed_state: orOff(allowedState.params),
  zipcode_length: orOff(zipcodeLength.params),
  zipcode_sum: orOff(zipcodeSum.params),
  allowed_age: orOff(allowedAge.params),
  email_pattern: orOff(emailPattern.params),
  email_state: orOff(emailState.params),
  same_destination: orOff(z.strictObject({})),
});
export type RuleSet = Readonly<Record<(typeof RULE_CODES)[number], false | object>>;

/**
 * The rule set that a RULES_FILE describes; null is the defaults. A rule is given as `false` (off) or as an object with
 * the parameters that differ.
 *
 * @throws an error that names each wrong key
 */
export function readRuleSet(json: string | null): RuleSet {
  let content: unknown = {};
  if (json !== null) {
    try {
      content = JSON.parse(json);
    } catch (error) {
      throw new Error(`RULES_FILE is not JSON: ${(error as Error).message}`, { cause: error });
    }
  }
  const result = ruleSetSchema.safeParse(content);
  if (!result.success) throw new Error(`RULES_FILE cannot be used.\n${z.prettifyError(named(result.error))}`);
  const given = result.data as Partial<Record<string, false | object>>;
  const rules = RULES.map(({ code, params }) => [code, given[code] ?? params.parse({})]);
  return { ...Object.fromEntries(rules), [SAME_DESTINATION]: given[SAME_DESTINATION] ?? {} } as RuleSet;
}

/** The faults of a rule's parameters, which the choice between them and `false` hides, in the place of that choice. */
const named = ({ issues }: z.ZodError): { issues: z.core.$ZodIssue[] } => ({
  issues: issues.flatMap((issue) =>
    issue.code === 'invalid_union'
      ? issue.errors.at(-1)!.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
      : [issue],
  ),
});

/** Judges orders by a rule set: the broken rules as bits, rule number `i` of RULES being bit `i`. 0 is a valid order. */
export type Judge = (order: JudgedOrder) => number;

/** Prepares a rule set for an import that was accepted at the given time. */
export function compileRules(ruleSet: RuleSet, acceptedAt: Date): Judge {
  const checks = RULES.flatMap((each, index) => {
    const params = ruleSet[each.code];
    // An import that was accepted before a rule existed is judged without it.
    return !params ? [] : [{ bit: 1 << index, breaks: each.breaks(params as never, acceptedAt) }];
  });
  return (order) => {
    let broken = 0;
    for (const { bit, breaks } of checks) if (breaks(order)) broken |= bit;
    return broken;
  };
}

/** The codes behind the bits of a Judge, in the order of RULES. */
export const codesOf = (broken: number): RuleCode[] =>
  RULES.filter((_, index) => broken & (1 << index)).map(({ code }) => code);
