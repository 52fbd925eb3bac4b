import { operationsOf, resolved, type OpenApi, type Operation, type Schema } from './document.js';

/** Which way a value goes: what a client sends may only become freer, what it gets may only become richer. */
type Way = 'request' | 'response';

/**
 * What of an API a client that was made for the document before could miss in the one after: an operation, a parameter,
 * an answer, a field, a value of an enum; or what it would have to do beyond before. Sentences, empty where all is well.
 */
export function breakingChanges(before: OpenApi, after: OpenApi): string[] {
  const changes = new Changes(before, after);
  const now = new Map(operationsOf(after).map((operation) => [operation.name, operation]));
  return operationsOf(before).flatMap((operation) => {
    const counterpart = now.get(operation.name);
    return counterpart ? changes.ofOperation(operation, counterpart) : [`${operation.name} is gone`];
  });
}

class Changes {
  constructor(
    private readonly before: OpenApi,
    private readonly after: OpenApi,
  ) {}

  ofOperation(was: Operation, is: Operation): string[] {
    const renamed = was.operationId === is.operationId ? [] : [`${was.name} is no longer called ${was.operationId}`];
    return [...renamed, ...this.ofParameters(was, is), ...this.ofBody(was, is), ...this.ofAnswers(was, is)];
  }

  private ofParameters(was: Operation, is: Operation): string[] {
    const key = (each: { in: string; name: string }): string => `${each.in} parameter ${each.name}`;
    const before = new Map(was.parameters.map((each) => [key(each), each]));
    const after = new Map(is.parameters.map((each) => [key(each), each]));
    const kept = [...before].flatMap(([name, parameter]) => {
      const place = `${was.name}: ${name}`;
      const counterpart = after.get(name);
      if (!counterpart) return [`${place} is gone`];
      return this.ofSchema(parameter.schema, counterpart.schema, place, 'request');
    });
    const demanded = [...after].filter(([name, { required }]) => required && !before.get(name)?.required);
    return [...kept, ...demanded.map(([name]) => `${was.name}: ${name} is newly required`)];
  }

  private ofBody(was: Operation, is: Operation): string[] {
    const demanded =
      is.requestBody?.required && !was.requestBody?.required ? [`${was.name}: a body is newly required`] : [];
    return [...demanded, ...this.ofContent(was.requestBody, is.requestBody, `${was.name}: the body`, 'request')];
  }

  private ofAnswers(was: Operation, is: Operation): string[] {
    return Object.entries(was.responses).flatMap(([status, answer]) => {
      const place = `${was.name}: answer ${status}`;
      const counterpart = is.responses[status];
      if (!counterpart) return [`${place} is gone`];
      const lost = Object.keys(answer.headers ?? {}).filter((name) => !counterpart.headers?.[name]);
      const headers = lost.map((name) => `${place} has no header ${name} any more`);
      return [...headers, ...this.ofContent(answer, counterpart, place, 'response')];
    });
  }

  private ofContent(
    was: Pick<Operation['responses'][string], 'content'> | undefined,
    is: typeof was,
    place: string,
    way: Way,
  ): string[] {
    return Object.entries(was?.content ?? {}).flatMap(([type, { schema = {} }]) => {
      const counterpart = is?.content?.[type];
      if (!counterpart) return [`${place} is no ${type} any more`];
      return this.ofSchema(schema, counterpart.schema ?? {}, place, way);
    });
  }

  private ofSchema(given: Schema, counterpart: Schema, place: string, way: Way): string[] {
    const was = flat(this.before, given);
    const is = flat(this.after, counterpart);
    const types = was.types.filter((type) => !is.types.includes(type));
    const odd =
      way === 'response' ? is.types.filter((type) => was.types.length > 0 && !was.types.includes(type)) : types;
    const values = was.enum.filter((value) => is.enum.length > 0 && !is.enum.includes(value));
    return [
      ...(odd.length > 0 ? [`${place} is ${is.types.join(' or ') || 'anything'}, not ${was.types.join(' or ')}`] : []),
      ...values.map((value) => `${place} has the value ${JSON.stringify(value)} no more`),
      ...(way === 'request' ? narrower(was.schema, is.schema, place) : []),
      ...this.ofFields(was.schema, is.schema, place, way),
      ...(was.schema.items && is.schema.items
        ? this.ofSchema(was.schema.items, is.schema.items, `${place}[]`, way)
        : []),
    ];
  }

  private ofFields(was: Schema, is: Schema, place: string, way: Way): string[] {
    const fields = Object.entries(was.properties ?? {}).flatMap(([name, schema]) => {
      const counterpart = is.properties?.[name];
      return counterpart ? this.ofSchema(schema, counterpart, `${place}.${name}`, way) : [`${place}.${name} is gone`];
    });
    const [from, to] = way === 'response' ? [was, is] : [is, was];
    const changed = (from.required ?? []).filter((name) => !to.required?.includes(name) && is.properties?.[name]);
    const how = way === 'response' ? 'may be missing now' : 'is newly required';
    return [...fields, ...changed.map((name) => `${place}.${name} ${how}`)];
  }
}

/** A schema with what it refers to, and without the choice between it and null. */
function flat(document: OpenApi, given: Schema): { schema: Schema; types: string[]; enum: unknown[] } {
  const schema = resolved(document, given);
  const choices = (schema.anyOf ?? [schema]).map((each) => resolved(document, each));
  const main = choices.find((each) => each.type !== 'null') ?? schema;
  const types = choices.flatMap(({ type = [] }) => type);
  return { schema: main, types: [...new Set(types)].toSorted(), enum: choices.flatMap((each) => each.enum ?? []) };
}

/** Bounds that leave out what a client may send until now. */
function narrower(was: Schema, is: Schema, place: string): string[] {
  const upper = (['maximum', 'maxLength'] as const).filter((key) => (is[key] ?? Infinity) < (was[key] ?? Infinity));
  const lower = (['minimum', 'minLength'] as const).filter((key) => (is[key] ?? -Infinity) > (was[key] ?? -Infinity));
  return [...upper, ...lower].map((key) => `${place} has a narrower ${key}: ${is[key]}`);
}
