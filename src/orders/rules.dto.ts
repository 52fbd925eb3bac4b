import type { I18nContext } from 'nestjs-i18n';
import { z } from 'zod';
import { sentence } from '../shared/http/schemas.js';
import { RULE_CODES, SAME_DESTINATION, type RuleSet } from './rules/rule-set.js';
import { forMessage, violationParams } from './rules/violation-params.js';

export const ruleSchema = z
  .object({
    code: z.enum(RULE_CODES).meta({ description: 'As violations name it.', examples: ['zipcode_sum'] }),
    name: z
      .string()
      .max(100)
      .meta({ description: 'In the language of the request.', examples: ['Zip code sum'] }),
    isOn: z.boolean().meta({ description: 'Whether orders are judged by it.', examples: [true] }),
    params: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'Its parameters; null where it is off.', examples: [{ max: 20 }] }),
    message: sentence().meta({
      description: 'What is wrong with an order that breaks it, in the language of the request.',
      examples: ['The digits of the zip code add up to more than 20.'],
    }),
  })
  .meta({ id: 'Rule', description: 'A rule that orders are judged by.' });
export type Rule = z.infer<typeof ruleSchema>;

export const rulesSchema = z
  .object({ items: z.array(ruleSchema).max(RULE_CODES.length) })
  .meta({ id: 'Rules', description: 'The rules in force.' });

/** The rules as clients see them. */
export const toRules = (ruleSet: RuleSet, i18n: I18nContext): Rule[] =>
  RULE_CODES.map((code) => {
    const inForce = ruleSet[code];
    // No order breaks the rule that lets some pass.
    const text = code === SAME_DESTINATION ? `rules.${code}.effect` : `rules.${code}.violation`;
    return {
      code,
      name: i18n.t(`rules.${code}.name`),
      isOn: inForce !== false,
      params: inForce === false ? null : { ...inForce },
      message: i18n.t(text, { args: forMessage(violationParams(code, ruleSet)) }),
    };
  });
