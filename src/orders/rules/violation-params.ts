import { RULES, type RuleSet } from './rule-set.js';

export type Params = Readonly<Record<string, unknown>>;

/** Of each set of rules by the code of the rule: a page of orders asks for the same few hundreds of times. */
const KNOWN = new WeakMap<object, Map<string, Params>>();
const NO_RULE_SET = {};

/** The parameters that a violation's message needs: those of the rule in the set. */
export function violationParams(code: string, ruleSet: RuleSet | null): Params {
  let known = KNOWN.get(ruleSet ?? NO_RULE_SET);
  if (!known) KNOWN.set(ruleSet ?? NO_RULE_SET, (known = new Map()));
  let params = known.get(code);
  if (!params) known.set(code, (params = paramsOf(code, ruleSet)));
  return params;
}

function paramsOf(code: string, ruleSet: RuleSet | null): Params {
  const rule = RULES.find((each) => each.code === code);
  const inForce = ruleSet?.[code as keyof RuleSet];
  // A rule that is off by now may have been on when the order was judged.
  return { ...((inForce || rule?.params.parse({})) as object) };
}

/**
 * Parameters of a violation or a malformation as the texts of the catalogs show them: lists joined by commas, and the
 * number of a column with its name behind it.
 */
export function forMessage(params: Params): Params {
  const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, shown(value)]));
  return 'field' in texts ? { ...texts, column: `${String(texts.column)} (${String(texts.field)})` } : texts;
}

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(', ');
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${String(shown(inner))}`)
    .join('; ');
}
