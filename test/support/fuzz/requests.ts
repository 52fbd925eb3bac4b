import fc from 'fast-check';
import { resolved, type OpenApi, type Operation, type Parameter, type Schema } from '../openapi/document.js';
import { anyBody, goodUpload, NOTHING, uploadBody, type Body } from './bodies.js';
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

/** Gives the values of a parameter. */
type Values = (parameter: Parameter) => fc.Arbitrary<string>;

/** Requests for an operation: some good, some with one thing or another wrong, some with hardly anything right. */
export function requestsOf(
  document: OpenApi,
  operation: Operation,
  importIds: readonly string[],
): fc.Arbitrary<FuzzRequest> {
  const good: Values = ({ schema }) => goodValue(resolved<Schema>(document, schema), importIds);
  const any: Values = (parameter) =>
    fc.oneof({ weight: 4, arbitrary: good(parameter) }, { weight: 1, arbitrary: hostileText });
  return fc.oneof(
    { weight: 2, arbitrary: goodOnes(operation, good) },
    { weight: 3, arbitrary: mutated(operation, any) },
  );
}

/** As the description asks for them. */
const goodOnes = (operation: Operation, values: Values): fc.Arbitrary<FuzzRequest> =>
  fc
    .tuple(
      pathOf(operation, values),
      declared(operation, values),
      operation.requestBody ? goodUpload : fc.constant(NOTHING),
    )
    .map(([path, pairs, body]) => requestOf(operation.method, path, pairs, [], body));

function mutated(operation: Operation, values: Values): fc.Arbitrary<FuzzRequest> {
  const method = fc.oneof(
    { weight: 9, arbitrary: fc.constant(operation.method) },
    { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
  );
  const query = fc.tuple(declared(operation, values), undeclared(operation)).map((pairs) => pairs.flat());
  const headers = fc.oneof(fc.constant([] as [string, string][]), hostileHeaders);
  const body = operation.requestBody ? uploadBody : anyBody;
  return fc
    .tuple(method, pathOf(operation, values), query, headers, body)
    .map(([verb, path, pairs, own, sent]) => requestOf(verb, path, pairs, own, sent));
}

function requestOf(
  method: string,
  path: string,
  pairs: readonly string[],
  headers: readonly [string, string][],
  { content, type }: Body,
): FuzzRequest {
  const isTyped = type === null || headers.some(([name]) => name === 'Content-Type');
  return {
    method,
    path: path + (pairs.length > 0 ? `?${pairs.join('&')}` : ''),
    headers: isTyped ? headers : [['Content-Type', type], ...headers],
    body: content,
  };
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

const ofKind = ({ parameters }: Operation, kind: Parameter['in']): Parameter[] =>
  parameters.filter((each) => each.in === kind);

/** A path with a value for each parameter. */
function pathOf(operation: Operation, values: Values): fc.Arbitrary<string> {
  const inPath = new Map(ofKind(operation, 'path').map((each) => [`{${each.name}}`, each]));
  const segments = operation.path.split('/').map((piece) => {
    const parameter = inPath.get(piece);
    return parameter ? segment(values(parameter)) : fc.constant(piece);
  });
  return fc.tuple(...segments).map((each) => each.join('/'));
}

/** Some of the parameters of an operation's query. */
function declared(operation: Operation, values: Values): fc.Arbitrary<string[]> {
  const parameters = ofKind(operation, 'query');
  return fc
    .subarray(parameters, { maxLength: Math.min(4, parameters.length) })
    .chain((chosen) => fc.tuple(...chosen.map((each) => pair(fc.constant(each.name), values(each)))));
}

/** Mostly nothing; parameters that nobody declared, and such as may be there already. */
function undeclared(operation: Operation): fc.Arbitrary<readonly string[]> {
  const known = ofKind(operation, 'query').map((each) => each.name);
  const name = fc.oneof(fc.constantFrom('limit', 'valid[]', 'a[b]', '', ...known), hostileText);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(pair(name, hostileText), { maxLength: 3 }) },
  );
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

/** Values that a parameter takes, by its schema. */
function goodValue(schema: Schema, importIds: readonly string[]): fc.Arbitrary<string> {
  if (schema.enum) return fc.constantFrom(...schema.enum.map(String));
  if (schema.type === 'boolean') return fc.constantFrom('true', 'false');
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 2 ** 53 - 1 } = schema;
    return fc
      .oneof(
        fc.integer({ min: minimum, max: Math.min(maximum, minimum + 20) }),
        fc.integer({ min: minimum, max: maximum }),
      )
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
