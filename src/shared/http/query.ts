import { z } from 'zod';

/** Query parameters that every route takes. */
const COMMON = {
  lang: z
    .string()
    .max(35)
    .optional()
    .meta({ description: 'Language of the texts, before `Accept-Language`: en, pt-BR or es.', examples: ['pt-BR'] }),
  uuid: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Request id, as the header `X-Request-Id` gives it.', examples: ['3f0c9d5e-order-7'] }),
};

/** The query of a route. A parameter that is not named here is refused. */
export const query = <T extends z.ZodRawShape>(shape: T) => z.strictObject({ ...shape, ...COMMON });

/** A whole number in a query, written with digits only. */
export const integer = (min: number, max: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text),
    z.int().min(min).max(max),
  );

/** `true` or `false` in a query. */
export const flag = () =>
  z.preprocess((text) => (text === 'true' ? true : text === 'false' ? false : text), z.boolean());

/** One or several of a kind in a query: a parameter that may be repeated. */
export const several = <T extends z.ZodType>(each: T, most: number) =>
  z.preprocess((given) => (given === undefined || Array.isArray(given) ? given : [given]), z.array(each).max(most));

/** A moment in a query, ISO 8601 with seconds and an offset or `Z`; a date. */
export const moment = () => z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/** A text in a query, without control characters: PostgreSQL takes no NUL, and nobody looks for the others. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u);

/** The query of a route that takes nothing of its own. */
export const noQuery = query({});
