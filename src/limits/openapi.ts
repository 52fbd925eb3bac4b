import type { OpenAPIObject } from '@nestjs/swagger';
import { addProblems, type DescribedProblem, type OperationWithAnswers } from '../shared/http/problem.js';
import { isProbe } from './bounds.js';

const FOR_ALL: readonly DescribedProblem[] = [
  { status: 414, when: 'The address with its query is longer than 8192 characters', code: 'request.address-too-long' },
  {
    status: 429,
    when: 'Too many requests within a minute; try again after `Retry-After` seconds',
    code: 'limits.too-many-requests',
  },
  { status: 431, when: 'The headers have more than 16 KiB', code: 'request.head-too-large' },
];
const FOR_UPLOADS: readonly DescribedProblem[] = [
  { status: 429, when: 'Too many uploads of one user at once', code: 'limits.too-many-uploads' },
  { status: 503, when: 'Too many uploads at once', code: 'limits.uploads-full' },
];
const WITHOUT_A_FILE: readonly DescribedProblem[] = [
  { status: 413, when: 'The request has a body, which this route does not take', code: 'request.body-too-large' },
];

/** Headers of answers to requests that are counted. None of them is there where no limit is configured. */
export const LIMIT_HEADERS = {
  RateLimit: {
    description:
      'Requests that are left in this minute (`r`), and seconds until the next one (`t`), where the service limits them.',
    schema: {
      type: 'string',
      pattern: String.raw`^"minute";r=\d+;t=\d+$`,
      maxLength: 40,
      examples: ['"minute";r=5999;t=42'],
    },
  },
  'RateLimit-Policy': {
    description: 'Requests in a minute (`q`), where these were too many.',
    schema: {
      type: 'string',
      pattern: String.raw`^"minute";q=\d+;w=60$`,
      maxLength: 40,
      examples: ['"minute";q=6000;w=60'],
    },
  },
};

/** Statuses of answers that are given before a request is counted. */
const BEFORE_IT_IS_COUNTED = [401, 403, 414, 431];

/** The LIMIT_HEADERS that an answer of an address may have. */
export function limitHeadersOf(address: string, status: number): readonly (keyof typeof LIMIT_HEADERS)[] {
  if (isProbe(address) || BEFORE_IT_IS_COUNTED.includes(status)) return [];
  return status === 429 ? ['RateLimit', 'RateLimit-Policy'] : ['RateLimit'];
}

/** Describes for every operation how it refuses what is too much. */
export function describeLimits(document: OpenAPIObject): void {
  for (const [address, path] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(path)) {
      const { requestBody } = operation as { requestBody?: unknown };
      const ofBody = method === 'get' ? [] : requestBody ? FOR_UPLOADS : WITHOUT_A_FILE;
      addProblems(operation as OperationWithAnswers, isProbe(address) ? [] : [...FOR_ALL, ...ofBody]);
    }
  }
}
