import { describe, expect, it } from 'vitest';
import { breakingChanges } from '../../support/openapi/breaking-changes.js';
import type { OpenApi } from '../../support/openapi/document.js';

const LIST = '/things';
const THING = '/things/{id}';

/** A small API. Each test changes a copy of it. */
const api = () => ({
  openapi: '3.1.0',
  info: { title: 'Things', version: '1', description: '' },
  tags: [],
  paths: {
    [LIST]: {
      get: {
        operationId: 'listThings',
        parameters: [
          { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } },
          { name: 'kind', in: 'query', required: false, schema: { type: 'string', enum: ['red', 'blue'] } },
          { $ref: '#/components/parameters/Language' },
        ] as object[],
        responses: {
          200: {
            headers: { Link: {} } as object,
            content: {
              'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Thing' } } },
            },
          },
          400: { content: { 'application/problem+json': { schema: { type: 'object' } } } },
        } as Record<string, object>,
      },
      post: {
        operationId: 'makeThing',
        requestBody: {
          required: false,
          content: { 'text/csv': { schema: { type: 'string' } } } as Record<string, object>,
        },
        responses: { 202: {} },
      } as Record<string, unknown>,
    } as Record<string, unknown>,
    [THING]: { get: { operationId: 'getThing', responses: { 200: {} } } },
  },
  components: {
    parameters: { Language: { name: 'lang', in: 'query', required: false, schema: { type: 'string', maxLength: 35 } } },
    schemas: {
      Thing: {
        type: 'object',
        required: ['id'],
        properties: {
          id: { type: 'integer' },
          kind: { type: 'string', enum: ['red', 'blue'] },
          owner: { anyOf: [{ type: 'object', properties: { name: { type: 'string' } } }, { type: 'null' }] },
        } as Record<string, object>,
      },
    },
  },
});
type Api = ReturnType<typeof api>;

/** What breaks when the API is changed so. */
function after(change: (changed: Api) => void): string[] {
  const changed = api();
  change(changed);
  return breakingChanges(api() as unknown as OpenApi, changed as unknown as OpenApi);
}
interface ListOperation {
  operationId: string;
  parameters: { name?: string; required?: boolean; schema?: Record<string, unknown> }[];
  responses: Record<string, { headers?: object; content?: Record<string, unknown> }>;
}
const list = (changed: Api): ListOperation => changed.paths[LIST].get as ListOperation;
const post = (changed: Api) =>
  (changed.paths[LIST] as unknown as { post: { requestBody: { required: boolean; content: object } } }).post;
const thing = (changed: Api) => changed.components.schemas.Thing;

describe('a change of the API', () => {
  it('is none where nothing changed', () => {
    expect(after(() => undefined)).toEqual([]);
  });

  it.each<[string, (changed: Api) => void, string]>([
    ['a path', (it) => delete (it.paths as Partial<Api['paths']>)[THING], 'GET /things/{id} is gone'],
    ['an operation', (it) => delete it.paths[LIST]!.post, 'POST /things is gone'],
    [
      'the name of an operation',
      (it) => (list(it).operationId = 'things'),
      'GET /things is no longer called listThings',
    ],
    ['a parameter', (it) => list(it).parameters.splice(0, 1), 'GET /things: query parameter limit is gone'],
    ['a parameter by reference', (it) => list(it).parameters.splice(2, 1), 'GET /things: query parameter lang is gone'],
    [
      "a parameter's value",
      (it) => (list(it).parameters[1]!.schema!.enum = ['red']),
      'GET /things: query parameter kind has the value "blue" no more',
    ],
    [
      "a parameter's room",
      (it) => (list(it).parameters[0]!.schema!.maximum = 50),
      'GET /things: query parameter limit has a narrower maximum: 50',
    ],
    [
      "a parameter's type",
      (it) => (list(it).parameters[0]!.schema = { type: 'string' }),
      'GET /things: query parameter limit is string, not integer',
    ],
    ['an answer', (it) => delete list(it).responses['400'], 'GET /things: answer 400 is gone'],
    [
      "an answer's header",
      (it) => (list(it).responses['200']!.headers = {}),
      'GET /things: answer 200 has no header Link any more',
    ],
    [
      "an answer's format",
      (it) => (list(it).responses['400']!.content = { 'text/plain': {} }),
      'GET /things: answer 400 is no application/problem+json any more',
    ],
    ['a field', (it) => delete thing(it).properties.kind, 'GET /things: answer 200[].kind is gone'],
    [
      'a field of what may be null',
      (it) => (thing(it).properties.owner = { anyOf: [{ type: 'object', properties: {} }, { type: 'null' }] }),
      'GET /things: answer 200[].owner.name is gone',
    ],
    [
      "a field's value",
      (it) => (thing(it).properties.kind = { type: 'string', enum: ['red'] }),
      'GET /things: answer 200[].kind has the value "blue" no more',
    ],
    ["a body's format", (it) => (post(it).requestBody.content = {}), 'POST /things: the body is no text/csv any more'],
  ])('that takes %s away breaks clients', (_what, change, told) => {
    expect(after(change)).toEqual([told]);
  });

  it.each<[string, (changed: Api) => void, string]>([
    [
      'asks for a parameter',
      (it) => (list(it).parameters[1]!.required = true),
      'GET /things: query parameter kind is newly required',
    ],
    [
      'asks for a new parameter',
      (it) => list(it).parameters.push({ name: 'x', in: 'header', required: true, schema: {} } as never),
      'GET /things: header parameter x is newly required',
    ],
    ['asks for a body', (it) => (post(it).requestBody.required = true), 'POST /things: a body is newly required'],
    ['may leave a field out', (it) => (thing(it).required = []), 'GET /things: answer 200[].id may be missing now'],
    [
      'gives a field as null',
      (it) => (thing(it).properties.id = { type: ['integer', 'null'] }),
      'GET /things: answer 200[].id is integer or null, not integer',
    ],
  ])('that %s breaks clients', (_what, change, told) => {
    expect(after(change)).toEqual([told]);
  });

  it.each<[string, (changed: Api) => void]>([
    ['a path', (it) => Object.assign(it.paths, { '/more': { get: { operationId: 'more', responses: {} } } })],
    ['a parameter', (it) => list(it).parameters.push({ name: 'x', in: 'query', schema: {} } as never)],
    ["a parameter's value", (it) => (list(it).parameters[1]!.schema!.enum = ['red', 'blue', 'green'])],
    ["a parameter's room", (it) => (list(it).parameters[0]!.schema!.maximum = 1000)],
    ['an answer', (it) => (list(it).responses['429'] = {})],
    ['a field', (it) => (thing(it).properties.size = { type: 'integer' })],
    ['a promise that a field is there', (it) => thing(it).required.push('kind')],
  ])('that adds %s breaks nobody', (_what, change) => {
    expect(after(change)).toEqual([]);
  });
});
