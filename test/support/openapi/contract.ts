import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { operationsOf, resolved, type Answer, type OpenApi, type Operation } from './document.js';

const PROBLEM = 'application/problem+json';
/** Headers that only those answers have of which the document tells it. */
const OF_SOME = ['RateLimit', 'RateLimit-Policy'];

/** An answer of the service, as far as the contract is about it. */
export interface SeenAnswer {
  readonly method: string;
  /** Path of the request, as it was sent, without the query. */
  readonly path: string;
  readonly status: number;
  /** A header's value by its name in lower case; null where there is none. */
  header(name: string): string | null;
  /** The body, null where it was not read. */
  readonly body: string | null;
}

/** Holds answers against an OpenAPI document. */
export class Contract {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
  private readonly operations: readonly (Operation & { readonly pattern: RegExp })[];

  constructor(readonly document: OpenApi) {
    this.ajv.addSchema(document as never, 'openapi.json');
    this.operations = operationsOf(document)
      .map((operation) => ({ ...operation, pattern: patternOf(operation.path) }))
      .toSorted((a, b) => parametersIn(a.path) - parametersIn(b.path));
  }

  /** The operation that a request is for, undefined where the document has none. HEAD is the GET without its body. */
  operationOf(method: string, path: string): Operation | undefined {
    const wanted = method === 'HEAD' ? 'GET' : method;
    return this.operations.find((each) => each.method === wanted && each.pattern.test(path));
  }

  /** What is wrong with a value, by a schema of the document such as `#/components/schemas/Order`. */
  faultsOf(value: unknown, pointer: string): string[] {
    const validate = this.ajv.getSchema(`openapi.json${pointer}`) as ValidateFunction | undefined;
    if (!validate) return [`the document has no ${pointer}`];
    return validate(value) ? [] : (validate.errors ?? []).map(inWords);
  }

  /** What of an answer the document does not tell; empty for an answer that is as promised. */
  faultsOfAnswer(answer: SeenAnswer): string[] {
    const operation = this.operationOf(answer.method, answer.path);
    if (!operation || isOfNoRoute(answer)) return this.faultsOfNoOperation(answer);
    const described = operation.responses[String(answer.status)];
    if (!described) return [`${operation.name} tells of no ${answer.status}`];
    const wrong = this.faultsOfHeaders(answer, described).map((fault) => `${operation.name} ${answer.status} ${fault}`);
    const types = Object.keys(described.content ?? {});
    if (types.length === 0) return answer.body ? [...wrong, `${operation.name} ${answer.status} has a body`] : wrong;
    const type = mediaType(answer);
    if (!types.includes(type)) return [...wrong, `${operation.name} ${answer.status} is no ${type || 'empty type'}`];
    const place = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(answer.status)];
    return [...wrong, ...this.faultsOfBody(answer, type, place)];
  }

  private faultsOfHeaders(answer: SeenAnswer, { headers = {} }: Answer): string[] {
    const valueOf = (name: string): string | null => answer.header(name.toLowerCase());
    const untold = OF_SOME.filter((name) => !(name in headers) && valueOf(name) !== null);
    const wrong = Object.entries(headers).flatMap(([name, given]) => {
      const { required = false, schema } = resolved(this.document, given);
      const value = valueOf(name);
      if (value === null) return required ? [`has no header ${name}`] : [];
      return new RegExp(schema.pattern ?? '').test(value) ? [] : [`has the ${name} ${value}`];
    });
    return [...untold.map((name) => `tells of no ${name}`), ...wrong];
  }

  private faultsOfBody({ method, body, status }: SeenAnswer, type: string, place: string[]): string[] {
    if (body === null || method === 'HEAD') return [];
    if (type === 'application/x-ndjson') {
      const lines = body.split('\n').slice(0, -1);
      return lines.flatMap((line) => this.faultsOf(JSON.parse(line), '#/components/schemas/Order'));
    }
    if (type === PROBLEM) return this.faultsOfProblem(body, status);
    if (type !== 'application/json') return [];
    return this.faultsOf(JSON.parse(body), `#/${[...place, 'content', type, 'schema'].map(escaped).join('/')}`);
  }

  /** Nothing of ours is at the address, or nothing takes the method, or who asks is refused before; or it is no HTTP. */
  private faultsOfNoOperation(answer: SeenAnswer): string[] {
    if (answer.method === 'OPTIONS' && answer.status === 204) return [];
    if (![400, 401, 403, 404, 405, 408, 413, 414, 429, 431].includes(answer.status))
      return [`${answer.method} there is none: ${answer.status}`];
    if (mediaType(answer) !== PROBLEM) return [`${answer.status} is ${mediaType(answer)}`];
    if (answer.status === 405 && !answer.header('allow')) return ['405 tells no method that is allowed'];
    return answer.method === 'HEAD' || answer.body === null ? [] : this.faultsOfProblem(answer.body, answer.status);
  }

  private faultsOfProblem(body: string, status: number): string[] {
    const problem = JSON.parse(body) as { status: number };
    const faults = this.faultsOf(problem, '#/components/schemas/Problem');
    return problem.status === status
      ? faults
      : [...faults, `the problem is of status ${problem.status}, not ${status}`];
  }
}

/**
 * Whether no route gave an answer. A worker has no route of the API; the API has every one that is described, which is a
 * test of its own. What is no HTTP never comes to a route.
 */
const isOfNoRoute = ({ body }: SeenAnswer): boolean =>
  /"code":"request\.(unknown-route|not-http|head-too-large|head-too-slow)"/.test(body ?? '');
const mediaType = (answer: SeenAnswer): string => (answer.header('content-type') ?? '').split(';')[0]!.trim();
const escaped = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
const parametersIn = (path: string): number => path.split('{').length;
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}/?$`);
const inWords = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath || 'the value'} ${message} ${JSON.stringify(params)}`;
