import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { describeAccess } from './access/index.js';
import { API_PATH } from './shared/http/api-path.js';
import { describeConditional } from './shared/http/conditional.openapi.js';
import { problemSchema } from './shared/http/problem.js';

/** Where Swagger UI is. */
export const DOCS_PATH = 'acme_orders/api/docs';
const JSON_PATH = 'acme_orders/api/openapi.json';

const DESCRIPTION = [
  'Takes CSV files of orders, judges every order against the shipping rules in the background, stores it and serves it.',
  '',
  'Start with `POST /imports`, watch the import at its `Location` until `state` is final, then read its `rejects` and the `orders`.',
  '',
  'Errors are `application/problem+json` (RFC 9457). Texts come in the language of `Accept-Language` or `?lang=`: en, pt-BR, es. ' +
    'Every code is listed in docs/errors.md with what it means and what to do.',
].join('\n');

/** Serves the OpenAPI 3.1 document and Swagger UI. */
export function setUpDocs(app: INestApplication): void {
  SwaggerModule.setup(DOCS_PATH, app, () => openApiDocument(app), {
    jsonDocumentUrl: JSON_PATH,
    yamlDocumentUrl: JSON_PATH.replace('.json', '.yaml'),
    customSiteTitle: 'Acme Orders API',
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, defaultModelsExpandDepth: 0 },
  });
}

/** The OpenAPI 3.1 document of the API. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const options = new DocumentBuilder()
    .setTitle('Acme Orders')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .setOpenAPIVersion('3.1.0')
    .addTag('imports', 'Files of orders: start, watch, see what was refused.')
    .addTag('orders', 'What was stored.')
    .addTag('rules', 'What orders are judged by.')
    .addTag('workers', 'Who runs imports; for operators.')
    .addTag('health', 'Probes and metrics.')
    .addTag('imports (earlier addresses)', 'The same under the addresses of the service before this one.')
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as unknown as z.ZodType, schemaType),
  });
  const problem = convert(problemSchema, 'output');
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...problem.components } };
  describeAccess(document);
  describeConditional(document, `/${API_PATH}/`);
  for (const path of Object.values(document.paths)) {
    for (const { parameters = [] } of Object.values(path) as { parameters?: ParameterWithSchema[] }[]) {
      parameters.filter(({ required }) => !required).forEach(keepFromFillingIn);
    }
  }
  return document;
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

type JsonSchema = Record<string, unknown>;

/** A schema as JSON Schema 2020-12, which OpenAPI 3.1 uses; each one that has an id becomes a component. */
function convert(
  schema: z.ZodType,
  io: 'input' | 'output',
): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const {
    $schema: _dialect,
    $defs: components = {},
    id,
    ...own
  } = z.toJSONSchema(schema, { io, override: keepExamples }) as JsonSchema & {
    $defs?: Record<string, JsonSchema>;
    id?: string;
  };
  for (const component of Object.values(components)) delete component.id;
  if (id === undefined) return { schema: own, components };
  return { schema: { $ref: `#/components/schemas/${id}` }, components: { ...components, [id]: own } };
}

/** Zod leaves examples and defaults out where text becomes another type; here both are written as the client sends them. */
function keepExamples({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const examples = z.globalRegistry.get(zodSchema)?.examples as unknown[] | undefined;
  if (examples) jsonSchema.examples ??= examples as never;
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default ??= zodSchema.def.defaultValue as never;
}
