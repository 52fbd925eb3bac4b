import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { I18nContext } from 'nestjs-i18n';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import { InvalidParameters, type FieldError } from '../errors.js';

/** The faults of each request: its path and its query are checked side by side, and named together. */
const faultsOf = new WeakMap<I18nContext, FieldError[]>();

/**
 * Checks every path and query by its zod schema; a fault becomes InvalidParameters, which names each bad parameter. Nest's
 * own pipe for schemas waits for promises, and goes through all values for names that the schemas refuse anyway.
 */
class ParameterPipe implements PipeTransform {
  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (!schema) return value;
    const { success, data, error } = (schema as z.ZodType).safeParse(value);
    return success ? data : together(firstOfEach(error.issues.flatMap((issue) => fieldErrors(issue, value))), type);
  }
}

export const validationPipe = (): PipeTransform => new ParameterPipe();

/** Rejects with the faults of the path and the query. */
async function together(errors: readonly FieldError[], place: ArgumentMetadata['type']): Promise<never> {
  const request = I18nContext.current();
  if (!request) throw new InvalidParameters(errors);
  const known = faultsOf.get(request) ?? [];
  faultsOf.set(request, place === 'param' ? [...errors, ...known] : [...known, ...errors]);
  // By then the other place was checked too.
  await nextTurn();
  throw new InvalidParameters(faultsOf.get(request)!);
}

/** One fault a field: the others follow from it. */
const firstOfEach = (errors: readonly FieldError[]): FieldError[] =>
  [...new Map(errors.toReversed().map((error) => [error.field, error])).values()].toReversed();

function fieldErrors(issue: z.core.$ZodIssue, value: unknown): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, code: 'request.errors.unknown' }));
  }
  // Of a parameter that may be repeated, the parameter.
  const field = issue.path.filter((part) => typeof part !== 'number').join('.');
  const isRepeated = issue.path.length === 1 && Array.isArray((value as Record<string, unknown>)[field]);
  return [{ field, ...(isRepeated ? { code: 'request.errors.repeated' } : problemOf(issue)) }];
}

function problemOf(issue: z.core.$ZodIssue): Omit<FieldError, 'field'> {
  if (issue.code === 'invalid_value') {
    return { code: 'request.errors.not-one-of', params: { values: issue.values.join(', ') } };
  }
  if (issue.code === 'too_small' && issue.origin === 'string') {
    return { code: 'request.errors.too-short', params: { limit: Number(issue.minimum) } };
  }
  if (issue.code === 'too_big' && issue.origin === 'string') {
    return { code: 'request.errors.too-long', params: { limit: Number(issue.maximum) } };
  }
  if (issue.code === 'too_small') return { code: 'request.errors.too-small', params: { limit: Number(issue.minimum) } };
  if (issue.code === 'too_big') return { code: 'request.errors.too-large', params: { limit: Number(issue.maximum) } };
  if (issue.code === 'invalid_format' && issue.format === 'uuid') return { code: 'request.errors.not-a-uuid' };
  if (issue.code === 'invalid_format' && issue.format === 'datetime') return { code: 'request.errors.not-a-moment' };
  if (issue.code === 'invalid_type' && (issue.expected === 'int' || issue.expected === 'number')) {
    return { code: 'request.errors.not-an-integer' };
  }
  if (issue.code === 'invalid_type' && issue.expected === 'boolean') return { code: 'request.errors.not-a-flag' };
  return { code: 'request.errors.unusable' };
}
