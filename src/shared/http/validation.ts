import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { InvalidParameters, type FieldError } from '../errors.js';

/** Checks every parameter that has a schema; a fault becomes InvalidParameters, which names each bad one. */
export const validationPipe = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) =>
      new InvalidParameters(firstOfEach((issues as readonly z.core.$ZodIssue[]).flatMap(fieldErrors))),
  });

/** One fault a field: the others follow from it. */
const firstOfEach = (errors: readonly FieldError[]): FieldError[] =>
  [...new Map(errors.toReversed().map((error) => [error.field, error])).values()].toReversed();

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((field) => ({ field, code: 'request.errors.unknown' }));
  }
  // Of a parameter that may be repeated, the parameter.
  const field = issue.path.filter((part) => typeof part !== 'number').join('.');
  return [{ field, ...problemOf(issue) }];
}

function problemOf(issue: z.core.$ZodIssue): Omit<FieldError, 'field'> {
  if (issue.code === 'invalid_value') {
    return { code: 'request.errors.not-one-of', params: { values: issue.values.join(', ') } };
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
