import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describedCodes } from '../../src/cli/docs/errors-page.js';
import { openApiText } from '../../src/cli/docs/openapi-document.js';
import { breakingChanges } from '../support/openapi/breaking-changes.js';
import { Contract } from '../support/openapi/contract.js';
import { keptDocument, operationsOf, resolved, type OpenApi, type Schema } from '../support/openapi/document.js';

const BASE = '/acme_orders/api/v1';

const document = keptDocument();
const operations = operationsOf(document);
const contract = new Contract(document);

// An example may be null.
const exampleOf = ({ example, examples }: Schema): unknown => (example === undefined ? examples?.[0] : example);

/** Places in a schema that hold a plain value and show no example of it. */
function withoutExample(given: Schema, place: string): string[] {
  const schema = resolved(document, given);
  if (exampleOf(schema) !== undefined) return [];
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, each]) => withoutExample(each, `${place}.${name}`));
  }
  if (schema.items) return withoutExample(schema.items, `${place}[]`);
  const alternatives = schema.anyOf?.map((each) => withoutExample(each, place)) ?? [[place]];
  return alternatives.toSorted((a, b) => a.length - b.length)[0]!;
}

/** Every example in the document with the place of the schema that it is for. */
function* examplesIn(node: unknown, pointer: string): Generator<{ value: unknown; pointer: string }> {
  if (typeof node !== 'object' || node === null) return;
  const { schema, example, examples } = node as Record<string, unknown>;
  const named = Array.isArray(examples) ? examples : Object.values(examples ?? {}).map((each) => each.value as unknown);
  const place = schema === undefined ? pointer : `${pointer}/schema`;
  for (const value of [...named, ...(example === undefined ? [] : [example])]) yield { value, pointer: place };
  for (const [key, child] of Object.entries(node)) {
    if (key !== 'example' && key !== 'examples') yield* examplesIn(child, `${pointer}/${escaped(key)}`);
  }
}
const escaped = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

it('docs/openapi.json is what the code says', async () => {
  const now = JSON.parse(await openApiText()) as OpenApi;
  const broken = breakingChanges(document, now);
  const advice = broken.length > 0 ? 'This BREAKS clients. If it must be' : 'It breaks no client. If it is meant so';
  const told = isDeepStrictEqual(now, document)
    ? []
    : [
        `The API is not what docs/openapi.json says. ${advice}, run \`npm run docs\` and look at the difference.`,
        ...broken,
      ];
  expect(told).toEqual([]);
});

describe('docs/openapi.json', () => {
  it('shows problems with the status that the list of errors gives them', () => {
    const shown = operations.flatMap(({ name, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}).map((code) => ({ name, code, status })),
      ),
    );
    const statusOf = new Map(describedCodes().problems!.map(({ code, status }) => [code, String(status)]));
    expect(shown.length).toBeGreaterThan(50);
    expect(shown.filter(({ code, status }) => statusOf.get(code) !== status)).toEqual([]);
  });

  it('gives every operation an id of its own, a summary, a description and a known tag', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(operations.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    const poor = operations.filter(
      ({ operationId, summary, description, tags: own = [] }) =>
        !operationId || !summary || !description || own.length !== 1 || !tags.has(own[0]!),
    );
    expect(poor).toEqual([]);
    expect(document.tags.filter(({ description }) => !description)).toEqual([]);
  });

  it('describes every parameter, with an example', () => {
    const poor = operations.flatMap(({ name, parameters }) =>
      parameters
        .filter(({ description, schema }) => !description || exampleOf(schema) === undefined)
        .map((parameter) => `${name}: ${parameter.name}`),
    );
    expect(poor).toEqual([]);
  });

  it('names the parameters of each path, and no others as path parameters', () => {
    for (const { path, parameters = [], name } of operations) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect({ name, inPath: inPath.map((parameter) => parameter.name) }).toEqual({
        name,
        inPath: [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
      });
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('describes every answer, with examples', () => {
    const poor = operations.flatMap(({ name, responses }) =>
      Object.entries(responses).flatMap(([status, { description, content = {} }]) => {
        const place = `${name} ${status}`;
        const bodies = Object.values(content);
        const missing = bodies.flatMap(({ example, examples, schema }) =>
          example !== undefined || examples ? [] : withoutExample(schema ?? {}, place),
        );
        const hasBody = bodies.length > 0 || ['204', '304'].includes(status);
        return [...(description ? [] : [place]), ...(hasBody ? [] : [`${place} has no body`]), ...missing];
      }),
    );
    expect(poor).toEqual([]);
  });

  it('tells the good answer and the problems of every operation', () => {
    // What a process counts is always there.
    const withProblems = operations.filter(({ path }) => path !== '/metrics');
    expect(withProblems).toHaveLength(operations.length - 1);
    const poor = withProblems.filter(({ path, responses }) => {
      const problems = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      const isGood = Object.keys(responses).some((status) => status.startsWith('2'));
      const hasProblems = path.startsWith('/health')
        ? problems.length > 0
        : problems.length > 0 && problems.every(([, { content }]) => content?.['application/problem+json']);
      return !isGood || !hasProblems;
    });
    expect(poor.map(({ name }) => name)).toEqual([]);
  });

  it('shows examples of problems that are such problems', () => {
    const examples = operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.entries(content?.['application/problem+json']?.examples ?? {}).map(([code, { value }]) => ({
          status: Number(status),
          code,
          value: value as { status: number; code: string },
        })),
      ),
    );
    expect(examples.length).toBeGreaterThan(20);
    for (const { status, code, value } of examples) {
      expect(value).toMatchObject({ status, code });
      expect(contract.faultsOf(value, '#/components/schemas/Problem')).toEqual([]);
    }
  });

  it('says of every operation who may use it, and how one who may not is refused', () => {
    expect(document.components.securitySchemes).toMatchObject({ basic: { type: 'http', scheme: 'basic' } });
    const refusals = ['sign-in-needed', 'wrong-password', 'forbidden', 'too-many-attempts', 'too-busy'];
    for (const { name, method, path, security, responses, 'x-required-role': role } of operations) {
      const isOpen = path.startsWith('/health/');
      const codes = ['401', '403', '429', '503']
        .flatMap((status) => Object.keys(responses[status]?.content?.['application/problem+json']?.examples ?? {}))
        .filter((code) => code.startsWith('access.'));
      const expected = [...(isOpen ? [] : refusals), ...(method === 'GET' ? [] : ['cross-site'])];
      expect({ name, security, isOpen: role === 'everybody', codes: codes.toSorted() }).toEqual({
        name,
        security: isOpen ? [] : [{ basic: [] }],
        isOpen,
        codes: expected.map((each) => `access.${each}`).toSorted(),
      });
    }
  });

  it('tells how many requests are left where they are counted, and nowhere else', () => {
    const before = ['401', '403', '414', '431'];
    for (const { name, path, responses } of operations) {
      const statuses = Object.keys(responses);
      const thatHave = (header: string) => statuses.filter((status) => responses[status]!.headers?.[header]);
      const expected = path.startsWith(BASE)
        ? { left: statuses.filter((status) => !before.includes(status)), policy: ['429'] }
        : { left: [], policy: [] };
      const told = { left: thatHave('RateLimit'), policy: thatHave('RateLimit-Policy') };
      expect({ name, ...told }).toEqual({ name, ...expected });
    }
  });

  it('describes what an upload is, as a form and raw', () => {
    const uploads = operations.filter(({ requestBody }) => requestBody);
    expect(uploads.map(({ name }) => name)).toEqual([
      `POST ${BASE}/imports`,
      `PUT ${BASE}/orders/import`,
      `POST ${BASE}/orders/import`,
    ]);
    for (const { requestBody } of uploads) expect(requestBody!.description).toBeTruthy();
    expect(Object.keys(uploads[0]!.requestBody!.content)).toEqual(['multipart/form-data', 'text/csv']);
  });

  it('shows examples that fit their schemas', () => {
    const shown = [...examplesIn(document, '#')];
    const faults = shown.flatMap(({ value, pointer }) =>
      contract.faultsOf(value, pointer).map((fault) => `${pointer}: ${fault}`),
    );
    expect(faults).toEqual([]);
    expect(shown.length).toBeGreaterThan(200);
  });
});
