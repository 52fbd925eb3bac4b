import { z } from 'zod';
import { rule } from './rule.js';

/** The sum of a zip code's digits is at most so much. */
export const zipcodeSum = rule({
  code: 'zipcode_sum',
  params: z.strictObject({ max: z.int().min(0).default(20) }),
  breaks({ max }) {
    return (order) => order.zipcodeSum > max;
  },
});
