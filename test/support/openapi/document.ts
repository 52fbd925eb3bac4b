import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A JSON Schema, as far as tests look into one. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
}
export interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description?: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: Schema;
}
export interface Header {
  readonly required?: boolean;
  readonly schema: Schema;
}
export interface Answer {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, Header | Ref>>;
  readonly content?: Readonly<Record<string, Content>>;
}
interface Ref {
  readonly $ref: string;
}
export interface RequestBody {
  readonly description?: string;
  readonly required?: boolean;
  readonly content: Readonly<Record<string, Content>>;
}
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, WrittenOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses?: Readonly<Record<string, Answer>>;
    readonly parameters?: Readonly<Record<string, Parameter>>;
    readonly headers?: Readonly<Record<string, Header>>;
    readonly securitySchemes?: Readonly<Record<string, object>>;
  };
}
interface WrittenOperation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-required-role'?: string;
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly (Parameter | Ref)[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, Answer | Ref>>;
}

/** An operation with what it refers to in its place. */
export interface Operation extends WrittenOperation {
  /** Such as `GET /health/live`. */
  readonly name: string;
  /** In upper case. */
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly responses: Readonly<Record<string, Answer>>;
}

/** Where the document is kept. */
export const DOCUMENT_FILE = join(import.meta.dirname, '..', '..', '..', 'docs', 'openapi.json');

/** The document as it is kept: what the service promises. */
export const keptDocument = (): OpenApi => JSON.parse(readFileSync(DOCUMENT_FILE, 'utf8')) as OpenApi;

/** What a reference of the document stands for; anything else is itself. */
export function resolved<T extends object>(document: OpenApi, given: T | Ref): T {
  if (!('$ref' in given) || typeof given.$ref !== 'string') return given as T;
  const found = given.$ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
  return resolved(document, found as T);
}

/** Every operation of a document. */
export const operationsOf = (document: OpenApi): Operation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      name: `${method.toUpperCase()} ${path}`,
      parameters: (operation.parameters ?? []).map((each) => resolved(document, each)),
      responses: Object.fromEntries(
        Object.entries(operation.responses).map(([status, each]) => [status, resolved(document, each)]),
      ),
    })),
  );
