import { createClient } from '@hey-api/openapi-ts';
import { execFile } from 'node:child_process';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Reject } from '../../src/imports/reject.dto.js';
import type { Order } from '../../src/orders/order.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { temporaryFolder } from '../support/folders.js';
import { DOCUMENT_FILE, keptDocument, operationsOf } from '../support/openapi/document.js';
import { fileOf, generated, record } from '../support/order-files.js';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = 'import-life.ts';
const UNKNOWN = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
const OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  module: 'nodenext',
  moduleResolution: 'nodenext',
  target: 'ES2023',
  lib: ['ESNext', 'DOM', 'DOM.Iterable'],
  typeRoots: [join(ROOT, 'node_modules', '@types')],
  types: ['node'],
  rootDir: '.',
  outDir: './out',
};

/** What the program has, which is compiled against other types than ours: those of the client. */
interface Life {
  connect(url: string): object;
  uploadForm(client: object, file: Blob): Promise<Import>;
  uploadRaw(client: object, file: Blob, query?: object): Promise<Import>;
  watch(client: object, id: string): Promise<string[]>;
  poll(client: object, id: string): Promise<Import>;
  pages(client: object, importId: string): Promise<Order[][]>;
  exported(client: object, importId: string): Promise<Order[]>;
  rejects(client: object, id: string): Promise<Reject[]>;
  rejectsFile(client: object, id: string): Promise<string>;
  readonly control: Readonly<Record<string, (client: object, id: string) => Promise<Import>>>;
  problems(client: object): Promise<Problem[]>;
}

let app: App;
let folder: string;
let life: Life;
let client: object;
beforeAll(async () => {
  folder = temporaryFolder();
  await generateClient();
  await compile();
  life = (await import(pathToFileURL(join(folder, 'out', 'import-life.js')).href)) as Life;
  app = await startApp({ env: { IMPORT_CHUNK_RECORDS: '100' } });
  client = life.connect(app.url);
});
afterAll(async () => {
  await app?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As `openapi-ts --input docs/openapi.json --output generated` does. */
async function generateClient(): Promise<void> {
  await createClient({
    input: DOCUMENT_FILE,
    output: { path: join(folder, 'generated'), importFileExtension: '.js' },
    logs: { level: 'silent', file: false },
    interactive: false,
  });
}

/** Compiles the client and the program that uses it; throws what the compiler says. */
async function compile(): Promise<void> {
  await copyFile(join(import.meta.dirname, 'client', PROGRAM), join(folder, PROGRAM));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: [PROGRAM] }));
  const tsc = join(ROOT, 'node_modules', 'typescript-native', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(({ stdout }) => {
    throw new Error(stdout as string);
  });
}

const blob = (...records: string[]): Blob => new Blob([fileOf(...records)], { type: 'text/csv' });

describe('a client that is generated from docs/openapi.json', () => {
  it('has a function for every operation and no type that says nothing', async () => {
    const types = await readFile(join(folder, 'generated', 'types.gen.ts'), 'utf8');
    expect(types.match(/^export type \w+Data = /gm)).toHaveLength(operationsOf(keptDocument()).length);
    expect(types).not.toMatch(/: any\b/);
  });

  it('uploads a form, watches it to its end, and reads its orders and rejects', async () => {
    const { id } = await life.uploadForm(
      client,
      blob(record(1), record(2, { state: 'PA' }), record(1), 'x|y', record(3)),
    );
    expect((await life.watch(client, id)).at(-1)).toBe('completed');
    const done = await life.poll(client, id);
    expect(done.counts).toEqual({ read: 5, valid: 2, invalid: 1, duplicate: 1, malformed: 1 });
    expect(done.message).toMatch(/importación/);
    const pages = await life.pages(client, id);
    expect(pages.map((page) => page.map((order) => order.id))).toEqual([[1, 2], [3]]);
    expect((await life.exported(client, id)).map((order) => order.id)).toEqual([1, 2, 3]);
    const rejects = await life.rejects(client, id);
    expect(rejects.map(({ record: number, outcome }) => [number, outcome])).toEqual([
      [2, 'invalid'],
      [3, 'duplicate'],
      [4, 'malformed'],
    ]);
    expect((await life.rejectsFile(client, id)).split('\n')[0]).toBe(
      'id|name|email|state|zipcode|birthday|_line|_outcome|_reasons',
    );
  });

  it('uploads the corrected file raw, so that the invalid order gives way', async () => {
    const { id } = await life.uploadRaw(client, blob(record(2)), { onDuplicate: 'replace-invalid' });
    expect((await life.poll(client, id)).counts).toMatchObject({ valid: 1, duplicate: 0 });
  });

  it('pauses an import, resumes it, cancels it and undoes it', async () => {
    const { content } = await generated({ rows: 5_000, seed: 5, firstId: 10_000 });
    const { id } = await life.uploadRaw(client, new Blob([content]));
    expect((await life.control.pause!(client, id)).state).toBe('paused');
    expect((await life.control.resume!(client, id)).state).toMatch(/queued|running/);
    expect((await life.control.cancel!(client, id)).state).toBe('cancelled');
    expect((await life.control.undo!(client, id)).undo?.finishedAt).toBeNull();
  });

  it('makes a real import of a dry run', async () => {
    const { id } = await life.uploadRaw(client, blob(record(20), record(21)), { dryRun: true });
    expect(await life.poll(client, id)).toMatchObject({ options: { dryRun: true }, counts: { valid: 2 } });
    expect((await life.control.start!(client, id)).options.dryRun).toBe(false);
    expect((await life.poll(client, id)).counts.valid).toBe(2);
    expect((await life.pages(client, id)).flat()).toHaveLength(2);
  });

  it('retries a failed import', async () => {
    const bad = Array.from({ length: 1_000 }, (_, index) => `x${index}`);
    const { id } = await life.uploadRaw(client, blob(...bad, record(30)), { maxRejects: 1_000 });
    expect(await life.poll(client, id)).toMatchObject({ state: 'failed', failure: { code: 'imports.all-malformed' } });
    expect((await life.control.retry!(client, id)).failure).toBeNull();
    expect((await life.poll(client, id)).state).toBe('completed');
  });

  it('gets every problem as what it is', async () => {
    const problems = await life.problems(client);
    expect(problems.map((problem) => [problem.status, problem.code])).toEqual([
      [404, 'imports.unknown-import'],
      [415, 'imports.file-not-text'],
      [400, 'request.invalid-parameters'],
    ]);
    await expect(life.control.pause!(client, UNKNOWN)).rejects.toThrow('No existe esa importación.');
  });
});
