import type { I18nContext } from 'nestjs-i18n';
import { z } from 'zod';
import { forMessage, RULE_CODES, violationParams, type Holder, type RuleSet } from '../orders/index.js';
import { pageOf, PAGING } from '../shared/http/paging.js';
import { flag, query } from '../shared/http/query.js';
import { code, sentence } from '../shared/http/schemas.js';
import { REJECT_OUTCOMES, type RejectEntity } from './reject.entity.js';

const FILTER = {
  outcome: z
    .enum(REJECT_OUTCOMES)
    .optional()
    .meta({ description: 'Only records with this outcome.', examples: ['malformed'] }),
  rule: z
    .enum(RULE_CODES)
    .optional()
    .meta({ description: 'Only records that break this rule.', examples: ['zipcode_sum'] }),
};

export const listRejectsQuery = query({ ...PAGING, ...FILTER });

export const exportRejectsQuery = query({
  ...FILTER,
  safe: flag()
    .default(false)
    .meta({
      description:
        'Puts an apostrophe before whatever a spreadsheet would take for a formula. Such a file is for reading: it is ' +
        "not the client's bytes any more.",
      examples: [false],
    }),
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
    byteOffset: z
      .int()
      .min(0)
      .nullable()
      .meta({
        description:
          'Where it begins in the file, bytes of its text as UTF-8; null for a record that is or was an order.',
        examples: [1_204],
      }),
    outcome: z.enum(REJECT_OUTCOMES).meta({ examples: ['malformed'] }),
    orderId: z
      .int()
      .min(1)
      .nullable()
      .meta({ description: 'The id it came with, where it could be read.', examples: [null] }),
    reasons: z
      .array(
        z.object({
          code: code().meta({ description: 'A rule, or what is malformed.', examples: ['birthday.not-a-date'] }),
          message: sentence().meta({
            description: 'In the language of the request.',
            examples: ['The birthday “Feb 30, 1990” is no date of the calendar.'],
          }),
          params: z.record(z.string(), z.unknown()).meta({ examples: [{ value: 'Feb 30, 1990' }] }),
        }),
      )
      .max(RULE_CODES.length),
    winner: z
      .object({
        importId: z.uuid().meta({ examples: ['019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'] }),
        record: z.int().min(1),
        line: z.int().min(1),
      })
      .nullable()
      .meta({ description: 'Of a duplicate, the record that is stored under its id.', examples: [null] }),
  })
  .meta({ id: 'Reject', description: 'A record that is not valid, with the reasons.' });
export type Reject = z.infer<typeof rejectSchema>;

export const rejectPageSchema = pageOf(rejectSchema).meta({ id: 'RejectPage', description: 'A page of rejects.' });

/** A reject as clients see it. `holders` are those who have the ids of duplicates. */
export function toReject(
  reject: RejectEntity,
  ruleSet: RuleSet,
  holders: ReadonlyMap<number, Holder>,
  i18n: I18nContext,
): Reject {
  const { record, line, byteOffset, outcome, orderId } = reject;
  const winner = (outcome === 'duplicate' && orderId !== null && holders.get(orderId)) || null;
  return { record, line, byteOffset, outcome, orderId, reasons: reasonsOf(reject, ruleSet, i18n), winner };
}

/** Why a record is not valid. `ruleSet` is the one that its import was accepted with. */
export function reasonsOf(
  { outcome, orderId, reasons, params }: RejectEntity,
  ruleSet: RuleSet,
  i18n: I18nContext,
): Reject['reasons'] {
  const described = {
    invalid: () => reasons.map((code) => reason(`rules.${code}.violation`, code, violationParams(code, ruleSet), i18n)),
    malformed: () => reasons.map((code) => reason(`malformations.${code}`, code, params ?? {}, i18n)),
    duplicate: () => [reason('imports.duplicate-id', 'imports.duplicate-id', { id: orderId }, i18n)],
  };
  return described[outcome]();
}

function reason(key: string, code: string, params: Record<string, unknown>, i18n: I18nContext): Reject['reasons'][0] {
  return { code, message: i18n.t(key, { args: forMessage(params) }), params };
}
