import type { OpenAPIObject } from '@nestjs/swagger';
import { addProblems, type DescribedProblem, type OperationWithAnswers } from '../shared/http/problem.js';
import { ROLE_EXTENSION } from './requires-role.js';
import { defaultRole, ROLES } from './roles.js';

const SCHEME = 'basic';

const problems = (role: string): DescribedProblem[] => [
  {
    status: 401,
    when: 'Name and password are needed',
    code: 'access.sign-in-needed',
  },
  {
    status: 401,
    when: 'There is no such user, or the password is wrong',
    code: 'access.wrong-password',
  },
  {
    status: 403,
    when: `The user lacks the role \`${role}\``,
    code: 'access.forbidden',
  },
  {
    status: 429,
    when: 'Too many wrong passwords; try again after `Retry-After` seconds',
    code: 'access.too-many-attempts',
  },
  {
    status: 503,
    when: 'Too many sign in at once; try again after `Retry-After` seconds',
    code: 'access.too-busy',
  },
];

const CROSS_SITE: DescribedProblem = {
  status: 403,
  when: 'A page of another site had the browser send this',
  code: 'access.cross-site',
};

interface Operation extends OperationWithAnswers {
  security?: unknown;
  [ROLE_EXTENSION]?: string;
}

/** Describes for every operation who may use it, how one signs in, and how one is refused. */
export function describeAccess(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    securitySchemes: {
      [SCHEME]: {
        type: 'http',
        scheme: 'basic',
        description: `Roles: ${ROLES.join(', ')}; each can what those before it can.`,
      },
    },
  };
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path)) describeOperation(method, operation as Operation);
  }
}

function describeOperation(method: string, operation: Operation): void {
  const role = (operation[ROLE_EXTENSION] ??= defaultRole(method));
  const isOpen = role === 'everybody';
  operation.security = isOpen ? [] : [{ [SCHEME]: [] }];
  const all = [...(isOpen ? [] : problems(role)), ...(method === 'get' ? [] : [CROSS_SITE])];
  addProblems(operation, all);
}
