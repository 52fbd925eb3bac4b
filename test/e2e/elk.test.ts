import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, get, upload } from '../support/client.js';
import { startCollector, type Collector } from '../support/collector.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';

const read = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'docker', 'elk', name), 'utf8');

interface Mapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Mapping>>;
}
interface SavedObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: { readonly columns?: string[]; readonly kibanaSavedObjectMeta?: { searchSourceJSON: string } };
  readonly references: readonly { readonly id: string }[];
}

const template = JSON.parse(read('index-template.json')) as { template: { mappings: Mapping } };
const savedObjects = read('saved-objects.ndjson')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as SavedObject);

const fieldsOf = ({ properties = {} }: Mapping, path = ''): [string, string][] =>
  Object.entries(properties).flatMap(([name, mapping]) =>
    mapping.type ? [[path + name, mapping.type] as [string, string]] : fieldsOf(mapping, `${path}${name}.`),
  );
const mapped = new Map(fieldsOf(template.template.mappings));

/** Written where something is set up or goes wrong that nothing here does. */
const NOT_HERE = [
  'user.name',
  'client.address',
  'access.role',
  'access.users',
  'event.reason',
  'error.type',
  'error.code',
  'error.message',
  'error.stack_trace',
];

let collector: Collector;
let app: App;
let lines: Record<string, unknown>[];
beforeAll(async () => {
  collector = await startCollector();
  app = await startApp({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  const { id } = await accepted(upload(app, fileOf(record(1))));
  await ended(app, id);
  await get(app, '/orders/2');
  await eventually(
    'all is logged',
    () => app.log().includes('segment done') && app.log().includes('"url.path":"/acme'),
  );
  const whole = app
    .log()
    .split('\n')
    .filter((line) => line.endsWith('}'));
  lines = whole.map((line) => JSON.parse(line) as Record<string, unknown>);
});
afterAll(async () => {
  await app.stop();
  collector.close();
});

it('the index template has every field that is logged, with its type, and no other', () => {
  const written = new Set(lines.flatMap((line) => Object.keys(line)));
  expect([...written].filter((name) => !mapped.has(name))).toEqual([]);
  expect([...mapped.keys()].filter((name) => !written.has(name) && !NOT_HERE.includes(name))).toEqual([]);
  const numbers = new Set(['long', 'integer', 'short']);
  for (const line of lines) {
    for (const [name, value] of Object.entries(line)) {
      expect([name, numbers.has(mapped.get(name)!)]).toEqual([name, typeof value === 'number']);
    }
  }
});

it('the saved searches ask for fields that are logged, and belong to the view that comes with them', () => {
  const searches = savedObjects.filter(({ type }) => type === 'search');
  expect(searches.length).toBeGreaterThan(2);
  for (const { attributes, references } of searches) {
    const source = JSON.parse(attributes.kibanaSavedObjectMeta!.searchSourceJSON) as { query: { query: string } };
    const asked = [...source.query.query.matchAll(/([a-z_.]+) *[:>]/g)].map(([, name]) => name!);
    expect(asked.length).toBeGreaterThan(0);
    expect([...asked, ...attributes.columns!].filter((name) => !mapped.has(name))).toEqual([]);
    expect(references.map(({ id }) => savedObjects.find((each) => each.id === id)?.type)).toEqual(['index-pattern']);
  }
});

it('the images are pinned to a version', () => {
  const compose = readFileSync(join(import.meta.dirname, '..', '..', 'docker', 'compose.elk.yaml'), 'utf8');
  const images = [...compose.matchAll(/^ +image: (\S+)$/gm)].map(([, image]) => image!);
  expect(images).toHaveLength(4);
  for (const image of images) expect(image).toMatch(/:(\$\{\w+:-)?\d+\.\d+\.\d+\}?$/);
});
