import { z } from 'zod';

const partSchema = z.looseObject({
  status: z.enum(['up', 'degraded', 'down']).meta({ examples: ['up'] }),
  reason: z
    .enum(['away', 'may-evict'])
    .optional()
    .meta({ description: 'Of Redis: why it does not do all it should.', examples: ['away'] }),
});
const parts = (description: string, example: object) =>
  z.record(z.string(), partSchema).meta({ description, examples: [example] });

/** What a probe says. */
export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'error', 'shutting_down']).meta({ examples: ['ok'] }),
    info: parts('The parts that are well.', { database: { status: 'up' } }),
    error: parts('The parts that are not.', {}),
    details: parts('All parts that were asked.', { database: { status: 'up' } }),
  })
  .meta({ id: 'Health', description: 'What a probe says.' });
