import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { catalogOf, textAt } from '../catalogs.js';
import { NAMED_FIELDS } from '../errors.js';
import { code, requestIdText, sentence } from './schemas.js';

/** Longest sentence about a request, characters: it may quote the request's address, which HTTP limits to 16 KiB. */
const LONGEST_DETAIL = 20_000;

/** What an error looks like (RFC 9457), with our additions. */
export const problemSchema = z
  .object({
    type: z
      .string()
      .max(120)
      .regex(/^urn:acme-orders:problem:[a-z.-]+$/)
      .meta({
        description: 'Kind of the problem: the code as a URI.',
        examples: ['urn:acme-orders:problem:imports.unknown-import'],
      }),
    title: z
      .string()
      .max(500)
      .meta({
        description: 'The kind in words, in the language of the request.',
        examples: ['There is no such import.'],
      }),
    status: z
      .int()
      .min(400)
      .max(599)
      .meta({ description: 'The HTTP status.', examples: [404] }),
    detail: z
      .string()
      .max(LONGEST_DETAIL)
      .meta({
        description: 'What happened here, in the language of the request.',
        examples: ['No import has the id 01890a5d-ac96-774b-bcce-b302099a8057.'],
      }),
    instance: z
      .string()
      .max(16_384)
      .meta({
        description: 'Path of the request.',
        examples: ['/acme_orders/api/v1/imports/01890a5d-ac96-774b-bcce-b302099a8057'],
      }),
    code: code().meta({
      description: 'The kind as a code that never changes: `<module>.<problem>`.',
      examples: ['imports.unknown-import'],
    }),
    requestId: requestIdText().meta({
      description: 'Id of the request, also in the logs.',
      examples: ['3f0c9d5e-order-7'],
    }),
    errors: z
      .array(
        z.object({
          field: z
            .string()
            .max(NAMED_FIELDS.characters)
            .meta({ description: 'Name of the parameter or column.', examples: ['limit'] }),
          code: code().meta({ examples: ['request.errors.too-large'] }),
          message: sentence().meta({ examples: ['must be at most 1000'] }),
        }),
      )
      .max(NAMED_FIELDS.most)
      .optional()
      .meta({ description: 'The bad fields of the request, at most 50 of them.' }),
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

type ProblemResponse = ReturnType<typeof problemResponse>;

/** An operation of the OpenAPI document, as far as problems go. */
export interface OperationWithAnswers {
  responses: Record<string, ProblemResponse | undefined>;
}

/** Describes more problems of an operation, beside those that it has. */
export function addProblems({ responses }: OperationWithAnswers, problems: readonly DescribedProblem[]): void {
  for (const problem of problems) {
    responses[problem.status] = merged(responses[problem.status], problemResponse([problem]));
  }
}

/** One answer of a status that several have described. */
function merged(given: ProblemResponse | undefined, added: ProblemResponse): ProblemResponse {
  const examples = { ...given?.content[PROBLEM_TYPE].examples, ...added.content[PROBLEM_TYPE].examples };
  return {
    description: given ? `${given.description} · ${added.description}` : added.description,
    content: { ...given?.content, [PROBLEM_TYPE]: { ...added.content[PROBLEM_TYPE], examples } },
  };
}

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
export const ENCODING_NOT_ACCEPTABLE: DescribedProblem = {
  status: 406,
  when: 'The header `Accept-Encoding` allows neither `identity` nor `gzip`',
  code: 'request.encoding-not-acceptable',
};
export const UNAVAILABLE: DescribedProblem = {
  status: 503,
  when: 'The database does not answer; try again after `Retry-After` seconds',
  code: 'request.unavailable',
};
export const INTERNAL_ERROR: DescribedProblem = {
  status: 500,
  when: 'A fault of the service, which its log has under the id of the request',
  code: 'request.internal-error',
};
