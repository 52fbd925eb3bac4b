import { accessErrors } from '../../access/index.js';
import { importErrors } from '../../imports/index.js';
import { limitErrors } from '../../limits/index.js';
import { orderErrors } from '../../orders/index.js';
import { catalogOf, type Catalog } from '../../shared/catalogs.js';
import * as sharedErrors from '../../shared/errors.js';
import { NOT_HTTP } from '../../shared/http/not-http.js';
import { STATUS } from '../../shared/http/problem.filter.js';
import { formatMessage, parametersOf } from '../../shared/message-format.js';
import { storageErrors } from '../../shared/storage/index.js';
import { REMEDIES } from './remedies.js';

const { DomainError } = sharedErrors;
const NAMES = ['request', 'access', 'limits', 'imports', 'orders', 'storage', 'malformations', 'rules'];

/** A code with what docs/errors.md says of it. */
export interface DescribedCode {
  readonly code: string;
  /** Where its remedy stands. */
  readonly key: string;
  /** Of a problem that a request can end in. */
  readonly status?: number;
  readonly meaning: string;
}

/** One of each error that a request can end in. Its parameters have their names, and no values. */
export function domainErrors(): sharedErrors.DomainError[] {
  const classes = [sharedErrors, accessErrors, limitErrors, importErrors, orderErrors, storageErrors].flatMap(
    (module) => Object.values(module),
  );
  return classes
    .filter(
      (each): each is new (...args: unknown[]) => sharedErrors.DomainError =>
        typeof each === 'function' && each !== DomainError && each.prototype instanceof DomainError,
    )
    .map((Class) =>
      Reflect.construct(
        Class,
        Array.from({ length: Class.length }, () => []),
      ),
    );
}

/** Every code that a client can meet, by where it meets it, with its English texts. */
export function describedCodes(): Readonly<Record<string, readonly DescribedCode[]>> {
  const texts = NAMES.flatMap((name) => textsIn(catalogOf('en', name), name));
  const statuses = new Map<string, number>([
    ...domainErrors().map(({ code, kind }): [string, number] => [code, STATUS[kind]]),
    ['request.internal-error', 500],
    ...Object.entries(NOT_HTTP),
  ]);
  const described = (pattern: RegExp, prefix = '') =>
    texts.flatMap(([key, text]) => {
      const [, code] = pattern.exec(key) ?? [];
      return code === undefined ? [] : [{ code, key: prefix + code, meaning: shown(text) }];
    });
  const problems = described(/^(.+)\.title$/).map((each) => {
    const detail = texts.find(([key]) => key === `${each.code}.detail`)![1];
    return { ...each, status: statuses.get(each.code), meaning: `${each.meaning} ${shown(detail)}` };
  });
  return {
    problems: problems.filter(({ status }) => status !== undefined),
    fields: described(/^(\w+\.errors\..+)$/),
    failures: problems.filter(({ status }) => status === undefined),
    waiting: described(/^imports\.waiting\.(.+)$/, 'imports.waiting.'),
    malformations: described(/^malformations\.(.+)$/, 'malformations.'),
    rules: described(/^rules\.(.+)\.violation$/, 'rules.'),
  };
}

/** The page that lists every code, in Markdown. */
export const errorsPage = (): string =>
  [BEGIN, ...Object.entries(describedCodes()).flatMap(([part, codes]) => [PARTS[part]!, ...codes.map(entry)]), '']
    .join('\n\n')
    .replace(/\n+$/, '\n');

const entry = ({ code, key, status, meaning }: DescribedCode): string =>
  [`### ${code}`, `${status === undefined ? '' : `**${status}** · `}${meaning}`, `_Remedy:_ ${REMEDIES[key]}`].join(
    '\n\n',
  );

const textsIn = (texts: string | Catalog, key: string): [string, string][] =>
  typeof texts === 'string'
    ? [[key, texts]]
    : Object.entries(texts).flatMap(([part, inner]) => textsIn(inner, `${key}.${part}`));

/** A message with its parameters by name, in the plural. */
function shown(message: string): string {
  const names = parametersOf(message);
  const values = Object.fromEntries(names.map((name, at) => [name, STAND_IN + at]));
  return names.reduce(
    (text, name, at) =>
      text.replaceAll(new RegExp(String(STAND_IN + at).replace(/\d(?=(\d{3})+$)/g, '$&,?'), 'g'), `\`{${name}}\``),
    formatMessage('en', message, values),
  );
}

/** Numbers that stand for parameters while plural forms are chosen; no text has them. */
const STAND_IN = 770_000;

const BEGIN = `# Errors

<!-- Written by \`npm run docs\` from the English catalog and the code. Not to be edited. -->

A request that fails is answered with \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`,
\`instance\`, and our \`code\`, \`requestId\` and \`errors\`. The code never changes; \`type\` is
\`urn:acme-orders:problem:<code>\`. \`title\` and \`detail\` are for people, in the language of \`?lang=\` or
\`Accept-Language\`: en, pt-BR or es. In the texts below, \`{name}\` stands for a value.`;

const PARTS: Readonly<Record<string, string>> = {
  problems: '## Problems\n\nWhat a request can end in, with its HTTP status.',
  fields:
    '## Fields\n\nWhat is wrong with one parameter, header or column: `errors[].code` of a problem, beside `field` and ' +
    '`message`.',
  failures:
    '## Failures of imports\n\nWhy an import is `failed`: `failure.code` of the import. `storage.object-gone` and\n`storage.object-changed` can be the reason too.',
  waiting: '## Reasons to wait\n\nWhy a running import does not go on for the moment: `waiting.code` of the import.',
  malformations:
    '## Malformations\n\nWhy a record cannot be stored: `reasons[].code` of a reject whose `outcome` is `malformed`.',
  rules:
    '## Rules\n\nWhat an order can break: `violations` and `errors[].rule` of an order, `reasons[].code` of a reject ' +
    'whose `outcome` is `invalid`. A reject whose `outcome` is `duplicate` has the code `imports.duplicate-id`.',
};
