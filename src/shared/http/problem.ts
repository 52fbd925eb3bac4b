import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { catalogOf, textAt } from '../catalogs.js';

/** What an error looks like (RFC 9457), with our additions. */
export const problemSchema = z
  .object({
    type: z.string().meta({
      description: 'Kind of the problem: the code as a URI.',
      examples: ['urn:acme-orders:problem:imports.unknown-import'],
    }),
    title: z.string().meta({
      description: 'The kind in words, in the language of the request.',
      examples: ['There is no such import.'],
    }),
    status: z.int().meta({ description: 'The HTTP status.', examples: [404] }),
    detail: z.string().meta({
      description: 'What happened here, in the language of the request.',
      examples: ['No import has the id 01890a5d-ac96-774b-bcce-b302099a8057.'],
    }),
    instance: z.string().meta({
      description: 'Path of the request.',
      examples: ['/acme_orders/api/v1/imports/01890a5d-ac96-774b-bcce-b302099a8057'],
    }),
    code: z.string().meta({
      description: 'The kind as a code that never changes: `<module>.<problem>`.',
      examples: ['imports.unknown-import'],
    }),
    requestId: z.string().meta({ description: 'Id of the request, also in the logs.', examples: ['3f0c9d5e-order-7'] }),
    errors: z
      .array(
        z.object({
          field: z.string().meta({ description: 'Name of the parameter or column.', examples: ['limit'] }),
          code: z.string().meta({ examples: ['request.errors.too-large'] }),
          message: z.string().meta({ examples: ['must be at most 1000'] }),
        }),
      )
      .optional()
      .meta({ description: 'Each bad field of the request.' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });

export type Problem = z.infer<typeof problemSchema>;

/** Media type of an error. */
export const PROBLEM_TYPE = 'application/problem+json';

/** A problem that a route may answer with, for its description. */
export interface DescribedProblem {
  readonly status: number;
  /** What leads to it. */
  readonly when: string;
  readonly code: string;
}

/** Describes the problems of a route, with an example each. Several of one status become one answer. */
export function ApiProblems(...problems: readonly DescribedProblem[]): MethodDecorator {
  const statuses = [...new Set(problems.map(({ status }) => status))];
  return applyDecorators(
    ...statuses.map((status) => {
      const response = problemResponse(problems.filter((each) => each.status === status));
      return ApiResponse({ status, ...response });
    }),
  );
}

/** The answer that problems of one status share. */
export const problemResponse = (problems: readonly DescribedProblem[]) => ({
  description: problems.map(({ when }) => when).join(' · '),
  content: {
    [PROBLEM_TYPE]: {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: Object.fromEntries(problems.map((each) => [each.code, { value: example(each) }])),
    },
  },
});

const example = ({ status, code, when }: DescribedProblem): Problem => ({
  type: `urn:acme-orders:problem:${code}`,
  title: titleOf(code),
  status,
  detail: `${when}.`,
  instance: '/acme_orders/api/v1/…',
  code,
  requestId: '3f0c9d5e-order-7',
});

/** The title of a problem in English. Throws if the catalogs have none. */
function titleOf(code: string): string {
  const [name, ...problem] = code.split('.');
  const title = textAt(catalogOf('en', name!), `${problem.join('.')}.title`);
  if (title === undefined) throw new Error(`The catalogs have no title of ${code}`);
  return title;
}

/** Problems that many routes share. */
export const INVALID_PARAMETERS: DescribedProblem = {
  status: 400,
  when: 'A parameter is unknown or has a value that it cannot have',
  code: 'request.invalid-parameters',
};
export const UNAVAILABLE: DescribedProblem = {
  status: 503,
  when: 'The database does not answer; try again after `Retry-After` seconds',
  code: 'request.unavailable',
};
