import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describedCodes } from '../../src/cli/docs/errors-page.js';
import { linesAbout, startApp, type App } from '../support/app.js';
import { accepted, act, ended, get, json, sql, upload } from '../support/client.js';
import { fileOf, record } from '../support/order-files.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
}
interface Content {
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-required-role'?: string;
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly required?: boolean;
    readonly example?: unknown;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly description?: string; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Readonly<Record<string, Content>> }>
  >;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const BASE = '/acme_orders/api/v1';
const DOCS = '/acme_orders/api/docs';

let app: App;
let document: Document;
let operations: (Operation & { name: string; method: string; path: string })[];
let ajv: Ajv2020;
beforeAll(async () => {
  app = await startApp();
  document = await json<Document>(fetch(`${app.url}/acme_orders/api/openapi.json`));
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      method: method.toUpperCase(),
      path,
      name: `${method.toUpperCase()} ${path}`,
    })),
  );
  ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
  ajv.addSchema(document, 'openapi.json');
});
afterAll(() => app?.stop());

/** What is wrong with a value, by a schema of the document. */
function faultsOf(value: unknown, pointer: string): unknown {
  const validate = ajv.getSchema(`openapi.json${pointer}`);
  if (!validate) throw new Error(`The document has no ${pointer}`);
  return validate(value) ? [] : validate.errors;
}
const escaped = (key: string): string => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1)!]!;
// An example may be null.
const exampleOf = ({ example, examples }: Schema): unknown => (example === undefined ? examples?.[0] : example);

/** Places in a schema that hold a plain value and show no example of it. */
function withoutExample(given: Schema, place: string): string[] {
  const schema = resolved(given);
  if (exampleOf(schema) !== undefined) return [];
  if (schema.properties) {
    return Object.entries(schema.properties).flatMap(([name, each]) => withoutExample(each, `${place}.${name}`));
  }
  if (schema.items) return withoutExample(schema.items, `${place}[]`);
  const alternatives = schema.anyOf?.map((each) => withoutExample(each, place)) ?? [[place]];
  return alternatives.toSorted((a, b) => a.length - b.length)[0]!;
}

describe('the description of the API', () => {
  it('is an OpenAPI 3.1 document, as JSON and as YAML', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Acme Orders', version: expect.stringMatching(/\d/) as string });
    const yaml = await fetch(`${app.url}/acme_orders/api/openapi.yaml`);
    expect(yaml.status).toBe(200);
    expect(await yaml.text()).toMatch(/^openapi: 3\.1\.0/m);
  });

  it('has every route that the service has, and no other', () => {
    const routes = linesAbout(app.log(), { 'service.name': 'acme-orders-api', 'log.logger': 'RouterExplorer' })
      .map(({ message }) => /^Mapped \{(\S+), (\w+)\} route$/.exec(String(message)))
      .filter((match) => match !== null)
      .map(([, path, method]) => `${method} ${path!.replaceAll(/:(\w+)/g, '{$1}')}`)
      .filter((route) => / (\/health\/|\/metrics$|\/acme_orders\/api\/v1\/)/.test(route));
    expect(operations.map(({ name }) => name).toSorted()).toEqual(routes.toSorted());
    expect(routes).toEqual(
      expect.arrayContaining([
        `POST ${BASE}/imports`,
        `GET ${BASE}/imports`,
        `GET ${BASE}/imports/{id}`,
        `GET ${BASE}/imports/{id}/rejects`,
        `POST ${BASE}/imports/{id}/cancel`,
        `POST ${BASE}/imports/{id}/pause`,
        `POST ${BASE}/imports/{id}/resume`,
        `POST ${BASE}/imports/{id}/retry`,
        `GET ${BASE}/orders`,
        `GET ${BASE}/orders/{id}`,
        `GET ${BASE}/orders/export`,
        `PUT ${BASE}/orders/import`,
        `POST ${BASE}/orders/import`,
        `GET ${BASE}/orders/import/status`,
        `GET ${BASE}/orders/import/status/{id}`,
        'GET /health/live',
        'GET /health/ready',
        'GET /health/startup',
        'GET /metrics',
      ]),
    );
  });

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

  it('describes every parameter, with an example that fits it', () => {
    const poor = operations.flatMap(({ name, method, path, parameters = [] }) =>
      parameters.flatMap((parameter, index) => {
        const example = parameter.example ?? exampleOf(parameter.schema);
        const pointer = `#/paths/${escaped(path)}/${method.toLowerCase()}/parameters/${index}/schema`;
        const faults = example === undefined ? 'no example' : faultsOf(example, pointer);
        const isPoor = !parameter.description || faults === 'no example' || (faults as unknown[]).length > 0;
        return isPoor ? [{ name, parameter: parameter.name, faults }] : [];
      }),
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
      expect(faultsOf(value, '#/components/schemas/Problem')).toEqual([]);
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

  it('refers only to what it has', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
    const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(refs.length).toBeGreaterThan(10);
    expect(refs.filter((ref) => !known.includes(ref))).toEqual([]);
  });

  it('shows examples that fit their schemas', () => {
    for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
      for (const [property, schema] of Object.entries(properties)) {
        const example = exampleOf(schema);
        if (example === undefined) continue;
        const faults = faultsOf(example, `#/components/schemas/${name}/properties/${property}`);
        expect({ name, property, faults }).toEqual({ name, property, faults: [] });
      }
    }
  });
});

/** What is wrong with an answer, by the description of its operation. */
async function faultsOfAnswer(path: string, answer: Response, method = 'get'): Promise<unknown> {
  const type = answer.headers.get('content-type')!.split(';')[0]!;
  const place = ['paths', path, method, 'responses', String(answer.status), 'content', type, 'schema'];
  return faultsOf(await json(answer), `#/${place.map(escaped).join('/')}`);
}

describe('an answer is as the description says', () => {
  let id: string;
  beforeAll(async () => {
    const content = fileOf(record(1), record(2, { state: 'PA' }), record(2), 'x|y', record('z'), record(3));
    id = (await accepted(upload(app, content))).id;
    await ended(app, id);
  });

  it.each([
    ['/imports', '/imports?limit=1'],
    ['/imports', '/imports'],
    ['/imports', '/imports?limit=0'],
    ['/imports/{id}', '/imports/IMPORT'],
    ['/imports/{id}', '/imports/1'],
    ['/imports/{id}', '/imports/019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11'],
    ['/imports/{id}/rejects', '/imports/IMPORT/rejects'],
    ['/imports/{id}/rejects', '/imports/IMPORT/rejects?limit=1'],
    ['/imports/{id}/rejects', '/imports/IMPORT/rejects?foo=1'],
    ['/imports/{id}/rejects.csv', '/imports/IMPORT/rejects.csv?foo=1'],
    ['/imports/{id}/events', '/imports/1/events'],
    ['/workers', '/workers'],
    ['/workers', '/workers?limit=1'],
    ['/rules', '/rules'],
    ['/rules', '/rules?limit=1'],
    ['/orders', '/orders'],
    ['/orders', '/orders?limit=1'],
    ['/orders', '/orders?limit=x'],
    ['/orders/{id}', '/orders/1'],
    ['/orders/{id}', '/orders/2'],
    ['/orders/{id}', '/orders/999'],
    ['/orders/{id}', '/orders/x'],
    ['/orders/import/status', '/orders/import/status'],
    ['/orders/import/status/{id}', '/orders/import/status/IMPORT'],
  ])('GET %s: %s', async (path, address) => {
    const answer = await get(app, address.replace('IMPORT', id));
    expect(await faultsOfAnswer(BASE + path, answer)).toEqual([]);
  });

  it('to an upload that is accepted, and to one that is refused', async () => {
    const path = `${BASE}/imports`;
    expect(await faultsOfAnswer(path, await upload(app, fileOf(record(10))), 'post')).toEqual([]);
    expect(await faultsOfAnswer(path, await upload(app, 'id|name\n'), 'post')).toEqual([]);
    expect(await faultsOfAnswer(path, await upload(app, '%PDF-'), 'post')).toEqual([]);
  });

  it('to an action that is taken, and to one that is refused', async () => {
    const other = await accepted(upload(app, fileOf(record(11))));
    await ended(app, other.id);
    await sql(app, `UPDATE imports SET state = 'failed', revision = revision + 1 WHERE id = $1`, [other.id]);
    const unknown = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
    for (const importId of [other.id, other.id, unknown, '1']) {
      const answer = await act(app, importId, 'retry');
      expect(await faultsOfAnswer(`${BASE}/imports/{id}/retry`, answer, 'post')).toEqual([]);
    }
  });

  it('to a probe', async () => {
    for (const path of ['/health/live', '/health/ready', '/health/startup']) {
      expect(await faultsOfAnswer(path, await fetch(app.url + path))).toEqual([]);
    }
  });

  it('from a failed import', async () => {
    const failed = { ...(await json<object>(get(app, `/imports/${id}`))), state: 'failed' };
    const failure = { code: 'storage.object-gone', message: 'The stored file is no longer there.', params: {} };
    expect(faultsOf({ ...failed, failure }, '#/components/schemas/Import')).toEqual([]);
  });

  it('in every line of the export', async () => {
    const lines = (await (await get(app, '/orders/export')).text()).trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(faultsOf(JSON.parse(line), '#/components/schemas/Order')).toEqual([]);
  });
});

describe('Swagger UI', () => {
  it('is there, with all that it loads, under a policy that lets nothing else in', async () => {
    const page = await fetch(app.url + DOCS);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain('Acme Orders API');
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      (match) => new URL(match[1]!, `${app.url}${DOCS}/`),
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      expect(asset.origin).toBe(app.url);
      expect({ asset: asset.pathname, status: (await fetch(asset)).status }).toEqual({
        asset: asset.pathname,
        status: 200,
      });
    }
    // The policy has no place for scripts inside the page.
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/);
  });
});
