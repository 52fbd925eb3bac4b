import { RULES, type RuleSet } from './rule-set.js';

/** The parameters that a violation's message needs: those of the rule in the set, lists joined by commas. */
export function violationParams(code: string, ruleSet: RuleSet | null): Record<string, unknown> {
  const rule = RULES.find((each) => each.code === code);
  const inForce = ruleSet?.[code as keyof RuleSet];
  // A rule that is off by now may have been on when the order was judged.
  return { ...((inForce || rule?.params.parse({})) as object) };
}

/** The same, with lists as the texts of the catalogs show them. */
export const forMessage = (params: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, shown(value)]));

function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.join(', ');
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .map(([key, inner]) => `${key}: ${String(shown(inner))}`)
    .join('; ');
}
