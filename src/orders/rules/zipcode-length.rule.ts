import { z } from 'zod';
import { rule } from './rule.js';

/** A zip code has 5 or 9 digits; other characters are stripped first. */
export const zipcodeLength = rule({
  code: 'zipcode_length',
  params: z.strictObject({ lengths: z.array(z.int().min(0).max(255)).min(1).default([5, 9]) }),
  breaks({ lengths }) {
    return (order) => !lengths.includes(order.zipcodeLength);
  },
});
