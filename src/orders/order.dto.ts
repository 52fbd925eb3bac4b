import { z } from 'zod';
import { pageOf } from '../shared/http/paging.js';
import { sentence } from '../shared/http/schemas.js';
import { RULE_CODES } from './rules/rule-set.js';

/** Longest name and e-mail, characters: a field of a file has at most 64 KiB. */
const LONGEST_TEXT = 65_536;
/** Longest state, characters: 255 bytes in the file, of which a letter of two bytes may become three in upper case. */
const LONGEST_STATE = 382;

export const orderSchema = z
  .object({
    id: z
      .int()
      .min(1)
      .meta({ description: 'The order id.', examples: [9] }),
    name: z
      .string()
      .max(LONGEST_TEXT)
      .meta({ examples: ['Stone Dominguez'] }),
    email: z
      .string()
      .max(LONGEST_TEXT)
      .meta({ examples: ['ligula.Aliquam.erat@semperegestasurna.com'] }),
    state: z
      .string()
      .max(LONGEST_STATE)
      .meta({ description: 'In upper case.', examples: ['IA'] }),
    zipcode: z
      .string()
      .max(255)
      .regex(/^\d*$/)
      .meta({ description: 'Its digits.', examples: ['05938'] }),
    birthday: z.iso.date().meta({ examples: ['1963-02-27'] }),
    valid: z.boolean().meta({ description: 'Whether it breaks no rule.', examples: [false] }),
    violations: z
      .array(z.enum(RULE_CODES))
      .max(RULE_CODES.length)
      .meta({ description: 'Codes of the rules that it breaks.', examples: [['zipcode_sum']] }),
    importId: z.uuid().meta({ examples: ['019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'] }),
    record: z
      .int()
      .min(1)
      .meta({ description: 'Number of the record in its file, from 1.', examples: [1] }),
    line: z
      .int()
      .min(1)
      .meta({ description: 'Line of the file on which the record begins; the header is line 1.', examples: [2] }),
    originalId: z
      .int()
      .min(1)
      .nullable()
      .meta({
        description: 'The id of the file, where that was taken and the order got another one (`reassign-id`).',
        examples: [null],
      }),
  })
  .meta({ id: 'Order', description: 'A stored order.' });
export type Order = z.infer<typeof orderSchema>;

export const violationSchema = z
  .object({
    rule: z.enum(RULE_CODES).meta({ examples: ['zipcode_sum'] }),
    message: sentence().meta({
      description: 'In the language of the request.',
      examples: ['The digits of the zip code add up to more than 20.'],
    }),
    params: z.record(z.string(), z.unknown()).meta({ examples: [{ max: 20 }] }),
  })
  .meta({ id: 'Violation', description: 'A rule that an order breaks.' });

export const orderWithErrorsSchema = orderSchema
  .extend({ errors: z.array(violationSchema).max(RULE_CODES.length) })
  .meta({ id: 'OrderWithErrors', description: 'A stored order with what is wrong with it, in words.' });

const someOfOrderSchema = orderSchema
  .partial()
  .required({ id: true })
  .meta({ id: 'SomeOfOrder', description: 'A stored order with the `fields` that were asked for.' });
export type SomeOfOrder = z.infer<typeof someOfOrderSchema>;
const someOfOrderWithErrorsSchema = orderWithErrorsSchema
  .partial()
  .required({ id: true })
  .meta({ id: 'SomeOfOrderWithErrors', description: 'As `OrderWithErrors`, with the `fields` that were asked for.' });

export const orderPageSchema = pageOf(z.union([orderSchema, someOfOrderSchema])).meta({
  id: 'OrderPage',
  description: 'A page of orders.',
});
export const oneOrderSchema = z.union([orderWithErrorsSchema, someOfOrderWithErrorsSchema]);
export type OneOrder = z.infer<typeof oneOrderSchema>;
