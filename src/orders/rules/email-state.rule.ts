import { z } from 'zod';
import { rule } from './rule.js';

/** Customers of these states may not use these top-level domains. */
export const emailState = rule({
  code: 'email_state',
  params: z.strictObject({
    refused: z
      .record(
        z.string().min(1).toUpperCase(),
        z.array(
          z
            .string()
            .regex(/^\.[^.@]+$/)
            .toLowerCase(),
        ),
      )
      .default({ NY: ['.net'] }),
  }),
  breaks({ refused }) {
    const domains = new Map(Object.entries(refused));
    return (order) => {
      const forState = domains.get(order.state);
      return forState !== undefined && forState.some((domain) => order.email.toLowerCase().endsWith(domain));
    };
  },
});
