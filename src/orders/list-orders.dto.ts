import { z } from 'zod';
import { PAGING } from '../shared/http/paging.js';
import { flag, integer, query, several, text } from '../shared/http/query.js';
import { orderSchema, orderWithErrorsSchema } from './order.dto.js';
import { RULES } from './rules/rule-set.js';
import type { RuleCode } from './rules/rule-set.js';

/** Largest `offset`: beyond it a cursor is the way. */
export const MAX_OFFSET = 10_000;
/** Digits of the longest zip code. */
const MOST_DIGITS = 9;
/** Longest e-mail address that can be looked for, characters. */
const MOST_OF_AN_EMAIL = 320;

const BROKEN_RULES = RULES.map(({ code }) => code) as [RuleCode, ...RuleCode[]];

/** PostgreSQL's calendar, as everybody's, has no year 0. */
const day = () => z.iso.date().refine((text) => !text.startsWith('0000'));

const FILTERS = {
  valid: flag()
    .optional()
    .meta({ description: 'Only orders that break no rule, or only those that do.', examples: [true] }),
  state: text(255)
    .optional()
    .meta({ description: 'Only orders of this state, in any case.', examples: ['CA'] }),
  zipcode: z
    .string()
    .max(MOST_DIGITS)
    .regex(/^\d+$/)
    .optional()
    .meta({ description: 'Only orders whose zip code begins with these digits.', examples: ['059'] }),
  email: text(MOST_OF_AN_EMAIL)
    .optional()
    .meta({
      description: 'Only orders with this e-mail address, or with one of this domain, in any case.',
      examples: ['stone@example.com', 'example.com'],
    }),
  rule: z
    .enum(BROKEN_RULES)
    .optional()
    .meta({ description: 'Only orders that break this rule.', examples: ['zipcode_sum'] }),
  importId: z
    .uuid()
    .optional()
    .meta({
      description: 'Only orders that this import stored.',
      examples: ['019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'],
    }),
  bornFrom: day()
    .optional()
    .meta({ description: 'Only orders of customers born on this day or later.', examples: ['1980-01-01'] }),
  bornTo: day()
    .optional()
    .meta({ description: 'Only orders of customers born on this day or earlier.', examples: ['1989-12-31'] }),
};

const fields = <T extends [string, ...string[]]>(names: T) =>
  several(z.enum(names), names.length)
    .optional()
    .meta({ description: 'Only these fields of an order, and its `id`.', examples: [['id', 'valid']] });

const names = <T extends z.ZodObject>(schema: T) => schema.keyof().options as [keyof z.infer<T> & string];

export const listOrdersQuery = query({
  ...FILTERS,
  ...PAGING,
  fields: fields(names(orderSchema)),
  offset: integer(0, MAX_OFFSET)
    .optional()
    .meta({ description: 'Orders to pass over; not together with `cursor`.', examples: [0] }),
});
export const getOrderQuery = query({ fields: fields(names(orderWithErrorsSchema)) });
export const exportOrdersQuery = query({
  ...FILTERS,
  raw: flag()
    .default(false)
    .meta({
      description: 'CSV only: leaves texts as they are that a spreadsheet would take for a formula.',
      examples: [false],
    }),
});

/** Which orders are meant. */
export interface OrderFilter {
  readonly valid?: boolean;
  /** Upper case. */
  readonly state?: string;
  readonly importId?: string;
  /** First digits of it. */
  readonly zipcode?: string;
  readonly email?: string;
  readonly emailDomain?: string;
  readonly rule?: string;
  /** yyyy-mm-dd, as the other one; both days count. */
  readonly bornFrom?: string;
  readonly bornTo?: string;
}

/** What a client asks for, as a filter: an e-mail address without an @ is a domain. */
export function toFilter(asked: {
  [K in keyof typeof FILTERS]?: z.output<(typeof FILTERS)[K]>;
}): OrderFilter {
  const { email, state, ...others } = asked;
  const address = email?.replace(/^@/, '');
  return {
    ...others,
    ...(state === undefined ? {} : { state: state.toUpperCase() }),
    ...(address === undefined ? {} : address.includes('@') ? { email: address } : { emailDomain: address }),
  } as OrderFilter;
}
