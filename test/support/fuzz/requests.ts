import fc from 'fast-check';
import { resolved, type OpenApi, type Operation, type Parameter, type Schema } from '../openapi/document.js';
import { anyBody, uploadBody } from './bodies.js';
import { hostileHeaders, hostileText } from './hostile.js';

/** A request as it goes over the wire. */
export interface FuzzRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'LOCK', 'QUERY'];
const PLACES = [
  '/',
  '/acme_orders',
  '/acme_orders/api/v1',
  '/acme_orders/api/v1/imports/',
  '/acme_orders/assets/',
  '/health',
];

/** Requests for an operation: some good, some with one thing or another wrong, some with hardly anything right. */
export function requestsOf(
  document: OpenApi,
  operation: Operation,
  importIds: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const ofKind = (kind: Parameter['in']) => operation.parameters.filter((each) => each.in === kind);
  const method = fc.oneof(
    { weight: 9, arbitrary: fc.constant(operation.method) },
    { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
  );
  const path = pathOf(operation.path, (name) =>
    valueOf(
      document,
      ofKind('path').find((each) => each.name === name)!,
      importIds,
    ),
  );
  const body = operation.requestBody ? uploadBody : anyBody;
  const headers = fc.oneof(fc.constant([] as [string, string][]), hostileHeaders);
  return fc
    .tuple(method, path, queryOf(document, ofKind('query'), importIds), headers, body)
    .map(([verb, address, query, own, { content, type }]) => ({
      method: verb,
      path: address + query,
      headers: [
        ...(type === null || own.some(([name]) => name === 'Content-Type') ? [] : [['Content-Type', type] as const]),
        ...own,
      ],
      body: content,
    }));
}

/** Requests for addresses that nobody described. */
export const requestsForNothing: fc.Arbitrary<FuzzRequest> = fc
  .tuple(
    fc.constantFrom(...METHODS),
    fc.constantFrom(...PLACES),
    fc.array(segment(hostileText), { maxLength: 3 }),
    hostileHeaders,
  )
  .map(([method, place, more, headers]) => ({ method, path: place + more.join('/'), headers, body: null }));

/** A path with a value for each parameter. */
function pathOf(template: string, value: (name: string) => fc.Arbitrary<string>): fc.Arbitrary<string> {
  const pieces = template.split('/').slice(1);
  const segments = pieces.map((piece) => {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    return name === undefined ? fc.constant(piece) : segment(value(name));
  });
  return fc.tuple(...segments).map((each) => `/${each.join('/')}`);
}

/** No parameters, declared ones, several of a name, and such as nobody declared. */
function queryOf(
  document: OpenApi,
  parameters: readonly Parameter[],
  importIds: readonly string[],
): fc.Arbitrary<string> {
  const declared = fc
    .subarray([...parameters], { maxLength: Math.min(4, parameters.length) })
    .chain((chosen) =>
      fc.tuple(...chosen.map((each) => pair(fc.constant(each.name), valueOf(document, each, importIds)))),
    );
  const name = fc.oneof(
    fc.constantFrom('limit', 'state', 'valid[]', 'a[b]', ''),
    ...parameters.map((each) => fc.constant(each.name)),
    hostileText,
  );
  const others = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(pair(name, hostileText), { maxLength: 3 }) },
  );
  return fc
    .tuple(declared, others)
    .map((pairs) => pairs.flat())
    .map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''));
}

const pair = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(segment(name), segment(value)).map((both) => both.join('='));

/** A text as a piece of an address: encoded, or as it is where HTTP lets it pass. */
function segment(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.integer({ min: 0, max: 3 })).map(([value, how]) => {
    const raw = value.replaceAll(/[^\x21-\x7e\x80-\xff]|[#?&/]/g, '');
    return how === 0 ? raw : encodeURIComponent(value);
  });
}

/** Mostly values that a parameter takes, by its schema. */
function valueOf(document: OpenApi, { schema: given }: Parameter, importIds: readonly string[]): fc.Arbitrary<string> {
  const schema = resolved<Schema>(document, given);
  return fc.oneof({ weight: 4, arbitrary: goodValue(schema, importIds) }, { weight: 1, arbitrary: hostileText });
}

function goodValue(schema: Schema, importIds: readonly string[]): fc.Arbitrary<string> {
  if (schema.enum) return fc.constantFrom(...schema.enum.map(String));
  if (schema.type === 'boolean') return fc.constantFrom('true', 'false');
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 2 ** 53 - 1 } = schema;
    return fc
      .oneof(fc.integer({ min: minimum, max: Math.min(maximum, minimum + 50) }), fc.maxSafeInteger())
      .map(String);
  }
  if (schema.format === 'uuid') return fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...importIds) }, fc.uuid());
  const examples = (schema.examples ?? []).map(String);
  const text = fc.string({
    unit: 'grapheme',
    minLength: schema.minLength ?? 0,
    maxLength: Math.min(schema.maxLength ?? 20, 40),
  });
  return examples.length > 0 ? fc.oneof(fc.constantFrom(...examples), text) : text;
}
