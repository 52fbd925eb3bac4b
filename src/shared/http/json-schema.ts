import { z } from 'zod';

type JsonSchema = Record<string, unknown>;

/** A schema as JSON Schema 2020-12, which OpenAPI 3.1 uses; each one that has an id becomes a component. */
export function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
): { schema: JsonSchema; components: Record<string, JsonSchema> } {
  const {
    $schema: _dialect,
    $defs: components = {},
    id,
    ...own
  } = z.toJSONSchema(schema, { io, override: complete }) as JsonSchema & {
    $defs?: Record<string, JsonSchema>;
    id?: string;
  };
  for (const component of Object.values(components)) delete component.id;
  if (id === undefined) return { schema: own, components };
  return { schema: { $ref: `#/components/schemas/${id}` }, components: { ...components, [id]: own } };
}

/** Longest text of each format, characters: of a time with nanoseconds and an offset. */
const LONGEST: Readonly<Record<string, number>> = { uuid: 36, date: 10, 'date-time': 35 };

/** Adds what Zod leaves out: examples and defaults where text becomes another type, as the client sends them. */
function complete({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const examples = z.globalRegistry.get(zodSchema)?.examples as unknown[] | undefined;
  if (examples) jsonSchema.examples ??= examples as never;
  const longest = LONGEST[jsonSchema.format ?? ''];
  if (longest !== undefined) jsonSchema.maxLength ??= longest;
  // Generators for other languages take the narrow type where none is named.
  if (jsonSchema.type === 'integer') jsonSchema.format ??= Number(jsonSchema.maximum) < 2 ** 31 ? 'int32' : 'int64';
  // A name that may be any text needs no schema.
  if (Object.keys(jsonSchema.propertyNames ?? {}).join() === 'type') delete jsonSchema.propertyNames;
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default ??= zodSchema.def.defaultValue as never;
}
