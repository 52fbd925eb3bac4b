/** Injection token of the RuleSet in force. */
export const RULE_SET = Symbol('rule-set');
