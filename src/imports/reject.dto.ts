import type { I18nContext } from 'nestjs-i18n';
import { z } from 'zod';
import { forMessage, RULE_CODES, violationParams, type RuleSet } from '../orders/index.js';
import { pageOf, PAGING } from '../shared/http/paging.js';
import { query } from '../shared/http/query.js';
import { REJECT_OUTCOMES, type RejectEntity } from './reject.entity.js';

export const listRejectsQuery = query({
  ...PAGING,
  outcome: z
    .enum(REJECT_OUTCOMES)
    .optional()
    .meta({ description: 'Only records with this outcome.', examples: ['malformed'] }),
  rule: z
    .enum(RULE_CODES)
    .optional()
    .meta({ description: 'Only records that break this rule.', examples: ['zipcode_sum'] }),
});

export const rejectSchema = z
  .object({
    record: z
      .int()
      .min(1)
      .meta({ description: 'Number of the record in its file, from 1.', examples: [17] }),
    line: z
      .int()
      .min(1)
      .meta({ description: 'Line on which it begins; the header is line 1.', examples: [18] }),
    outcome: z.enum(REJECT_OUTCOMES).meta({ examples: ['malformed'] }),
    orderId: z
      .int()
      .nullable()
      .meta({ description: 'The id it came with, where it could be read.', examples: [null] }),
    reasons: z.array(
      z.object({
        code: z.string().meta({ description: 'A rule, or what is malformed.', examples: ['birthday.not-a-date'] }),
        message: z.string().meta({
          description: 'In the language of the request.',
          examples: ['The birthday “Feb 30, 1990” is no date of the calendar.'],
        }),
        params: z.record(z.string(), z.unknown()).meta({ examples: [{ value: 'Feb 30, 1990' }] }),
      }),
    ),
  })
  .meta({ id: 'Reject', description: 'A record that is not valid, with the reasons.' });
export type Reject = z.infer<typeof rejectSchema>;

export const rejectPageSchema = pageOf(rejectSchema).meta({ id: 'RejectPage', description: 'A page of rejects.' });

/** A reject as clients see it. `ruleSet` is the one that its import was accepted with. */
export function toReject(
  { record, line, outcome, orderId, reasons, params }: RejectEntity,
  ruleSet: RuleSet,
  i18n: I18nContext,
): Reject {
  const described = {
    invalid: () => reasons.map((code) => reason(`rules.${code}.violation`, code, violationParams(code, ruleSet), i18n)),
    malformed: () => reasons.map((code) => reason(`malformations.${code}`, code, params ?? {}, i18n)),
    duplicate: () => [reason('imports.duplicate-id', 'imports.duplicate-id', { id: orderId }, i18n)],
  };
  return { record, line, outcome, orderId, reasons: described[outcome]() };
}

function reason(key: string, code: string, params: Record<string, unknown>, i18n: I18nContext): Reject['reasons'][0] {
  return { code, message: i18n.t(key, { args: forMessage(params) }), params };
}
