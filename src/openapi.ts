import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { describeAccess } from './access/index.js';
import { describeLimits, isProbe, LIMIT_HEADERS, limitHeadersOf } from './limits/index.js';
import { API_PATH } from './shared/http/api-path.js';
import { describeConditional } from './shared/http/conditional.openapi.js';
import { toJsonSchema } from './shared/http/json-schema.js';
import { INTERNAL_ERROR, PROBLEM_TYPE, problemResponse, problemSchema } from './shared/http/problem.js';
import { FILE_CONTENT } from './shared/http/streams.js';

/** Where Swagger UI is. */
export const DOCS_PATH = 'acme_orders/api/docs';
const JSON_PATH = 'acme_orders/api/openapi.json';

const DESCRIPTION = [
  'Takes CSV files of orders, judges every order against the shipping rules in the background, stores it and serves it.',
  '',
  'Start with `POST /imports`, watch the import at its `Location` until `state` is final, then read its `rejects` and the `orders`.',
  '',
  'Errors are `application/problem+json` (RFC 9457), also for an address that there is none of (404) and for a method that ' +
    'an address does not take (405, with `Allow`), and where a request cannot be read as HTTP (400, 408, 431). ' +
    'Texts come in the language of `Accept-Language` or `?lang=`: en, pt-BR, es. ' +
    'Every code is listed in docs/errors.md with what it means and what to do.',
].join('\n');

/** Headers that every answer, or every answer of a kind, has. */
const HEADERS = {
  'X-Request-Id': {
    required: true,
    description: 'Id of the request: the one it came with if that was well formed, else a new one.',
    schema: { type: 'string', pattern: String.raw`^[\w-]{8,64}$`, maxLength: 64, examples: ['3f0c9d5e-order-7'] },
  },
  'Retry-After': {
    required: true,
    description: 'Seconds after which to try again.',
    schema: { type: 'integer', format: 'int32', minimum: 0, maximum: 86_400, examples: [5] },
  },
  ...LIMIT_HEADERS,
};

/** Headers that every route of the API takes. */
const PARAMETERS = {
  AcceptLanguage: {
    name: 'Accept-Language',
    in: 'header',
    required: false,
    description: 'Languages of the texts, the best first: en, pt-BR or es. English where none of them is among these.',
    schema: { type: 'string', maxLength: 1000, examples: ['pt-BR, en;q=0.5'] },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    required: false,
    description: 'An id of your own for the request: 8 to 64 letters, digits, `_` and `-`. Another one is passed over.',
    schema: { type: 'string', maxLength: 64, examples: ['3f0c9d5e-order-7'] },
  },
};

/** Serves the OpenAPI 3.1 document and Swagger UI. */
export function setUpDocs(app: INestApplication): void {
  SwaggerModule.setup(DOCS_PATH, app, () => openApiDocument(app), {
    jsonDocumentUrl: JSON_PATH,
    yamlDocumentUrl: JSON_PATH.replace('.json', '.yaml'),
    customSiteTitle: 'Acme Orders API',
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, defaultModelsExpandDepth: 0 },
  });
}

/** The OpenAPI 3.1 document of the API; the same whatever the configuration. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Acme Orders')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'Where this document comes from.')
    .addTag('imports', 'Files of orders: start, watch, see what was refused.')
    .addTag('orders', 'What was stored.')
    .addTag('rules', 'What orders are judged by.')
    .addTag('workers', 'Who runs imports; for operators.')
    .addTag('health', 'Probes and metrics.')
    .addTag('imports (earlier addresses)', 'The same under the addresses of the service before this one.')
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    standardSchemaConverter: (schema, { schemaType }) => toJsonSchema(schema as unknown as z.ZodType, schemaType),
  });
  const { components: problem } = toJsonSchema(problemSchema, 'output');
  document.components = {
    schemas: { ...document.components?.schemas, ...problem, ...FILE_CONTENT } as never,
    responses: { InternalError: internalError(`/${API_PATH}/`) } as never,
    parameters: PARAMETERS as never,
    headers: HEADERS as never,
  };
  describeAccess(document);
  describeLimits(document);
  describeConditional(document, `/${API_PATH}/`);
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations) as Operation[]) complete(operation, path);
  }
  return document;
}

interface Response {
  headers?: Record<string, unknown>;
  readonly content?: Readonly<Record<string, unknown>>;
}
interface Operation {
  parameters?: object[];
  readonly responses: Record<string, object>;
}

/** Adds what all operations have in common. */
function complete(operation: Operation, path: string): void {
  const own = (operation.parameters ?? []) as ParameterWithSchema[];
  own.filter(({ required }) => !required).forEach(keepFromFillingIn);
  for (const [status, response] of Object.entries(operation.responses)) withHeaders(response, Number(status), path);
  operation.responses['500'] = isProbe(path) ? internalError(path) : { $ref: '#/components/responses/InternalError' };
  if (!path.startsWith(`/${API_PATH}/`)) return;
  const common = Object.keys(PARAMETERS).map((name) => ({ $ref: `#/components/parameters/${name}` }));
  operation.parameters = [...own, ...common];
}

const internalError = (path: string): Response => withHeaders(problemResponse([INTERNAL_ERROR]), 500, path);

function withHeaders(response: Response, status: number, path: string): Response {
  const tellsWhen = [429, 503].includes(status) && response.content?.[PROBLEM_TYPE] !== undefined;
  const names = ['X-Request-Id', ...(tellsWhen ? ['Retry-After'] : []), ...limitHeadersOf(path, status)];
  const common = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
  response.headers = { ...response.headers, ...common };
  return response;
}

interface ParameterWithSchema {
  readonly required?: boolean;
  readonly schema: { example?: unknown; examples?: unknown[] };
}

/** Swagger UI fills `example` in and would send it; it leaves `examples` alone, so an optional parameter stays empty. */
function keepFromFillingIn({ schema }: ParameterWithSchema): void {
  if (schema.example === undefined) return;
  schema.examples = [schema.example];
  delete schema.example;
}
