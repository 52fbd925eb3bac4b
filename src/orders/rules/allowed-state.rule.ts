import { z } from 'zod';
import { rule } from './rule.js';

/** No wine ships to these states. */
export const allowedState = rule({
  code: 'allowed_state',
  params: z.strictObject({
    states: z.array(z.string().min(1).toUpperCase()).default(['NJ', 'CT', 'PA', 'MA', 'IL', 'ID', 'OR']),
  }),
  breaks({ states }) {
    const refused = new Set(states);
    return (order) => refused.has(order.state);
  },
});
