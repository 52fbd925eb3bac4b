import { z } from 'zod';
import { API_PATH } from './api-path.js';

/** A code for programs: `<module>.<problem>`, a rule's or a malformation's. */
export const code = () =>
  z
    .string()
    .max(100)
    .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/);

/** A sentence for people, in the language of the request. */
export const sentence = () => z.string().max(1000);

/** The id of a request, as answers and logs have it. */
export const requestIdText = () =>
  z
    .string()
    .max(64)
    .regex(/^[\w-]{8,64}$/);

/** A path of the API, which may have a query. */
export const apiPath = () =>
  z
    .string()
    .max(200)
    .regex(new RegExp(String.raw`^\/${API_PATH}\/`));

/** How many of something there are. */
export const count = (description: string, example: number) =>
  z
    .int()
    .min(0)
    .meta({ description, examples: [example] });

/** A time in UTC. */
export const instant = (description: string) =>
  z.iso.datetime().meta({ description, examples: ['2026-11-23T09:30:00.000Z'] });
