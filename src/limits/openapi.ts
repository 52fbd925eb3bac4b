import type { OpenAPIObject } from '@nestjs/swagger';
import { addProblems, type DescribedProblem, type OperationWithAnswers } from '../shared/http/problem.js';

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

const isProbe = (address: string): boolean => /^\/(health\/|metrics$)/.test(address);
