import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { GenerateOptions } from '../../src/cli/generate-orders.js';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, importOf, sql, upload } from '../support/client.js';
import { expectOracle } from '../support/oracle.js';
import { fileOf, generated, record } from '../support/order-files.js';

/** Bytes of a segment here: the files have dozens. */
const ENV = { IMPORT_SEGMENT_BYTES: '40000', IMPORT_CHUNK_RECORDS: '300', IMPORT_SWEEP_MS: '200' };

let apps: readonly { app: App; slots: number }[];
beforeAll(async () => {
  const one = await startApp({ workers: 1, env: { ...ENV, IMPORT_SLOTS: '1' } });
  const two = await startApp({ workers: 1, env: { ...ENV, IMPORT_SLOTS: '2' } });
  // Two workers of two slots each.
  const four = await startApp({ workers: 2, env: { ...ENV, IMPORT_SLOTS: '2' } });
  apps = [
    { app: one, slots: 1 },
    { app: two, slots: 2 },
    { app: four, slots: 4 },
  ];
});
afterAll(() => Promise.all(apps.map(({ app }) => app.stop())));

const segmentsOf = (app: App, { id }: Import) =>
  sql<{ number: number; valid: number }>(app, 'SELECT number FROM segments WHERE import_id = $1', [id]);

/** Everything that an import left, but for the bytes of records that gave way. */
const leftBy = async (app: App, { id }: Import): Promise<unknown[]> => [
  await sql(app, 'SELECT id, record, line, valid, violations, name FROM orders WHERE import_id = $1 ORDER BY id', [id]),
  await sql(app, `SELECT record, line, outcome, reasons, order_id FROM rejects WHERE import_id = $1 ORDER BY record`, [
    id,
  ]),
];

const VARIANTS: readonly (readonly [string, Partial<GenerateOptions>])[] = [
  ['plain', {}],
  ['shuffled', { shuffle: true }],
  ['full of repeated ids', { duplicates: 0.2 }],
  ['shuffled and full of repeated ids', { duplicates: 0.2, shuffle: true, same: 0.3 }],
  ['quoted, with line breaks', { quoted: true, duplicates: 0.05 }],
  ['with CRLF, commas and malformed records', { newline: 'crlf', delimiter: ',', malformed: 0.1, same: 0.3 }],
];

describe('a file of many segments', () => {
  it.each(VARIANTS)('that is %s comes out as its oracle says, whoever is at it', async (name, options) => {
    const seed = VARIANTS.findIndex(([each]) => each === name) + 1;
    const file = await generated({ rows: 12_000, seed, firstId: seed * 1_000_000, ...options });
    const left: unknown[] = [];
    for (const { app } of apps) {
      const done = await importOf(app, file.content);
      await expectOracle(app, done, file);
      expect((await segmentsOf(app, done)).length).toBeGreaterThan(15);
      left.push(await leftBy(app, done));
    }
    expect(left[1]).toEqual(left[0]);
    expect(left[2]).toEqual(left[0]);
  });

  it('keeps the first of records with one id, though the last may be stored before it', async () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => 50_000_001 + (index % 500));
    const file = fileOf(
      ...ids.map((id, index) => record(id, { name: `Record ${index + 1}`, state: index % 3 ? 'IA' : 'PA' })),
    );
    for (const { app } of apps) {
      const done = await importOf(app, file);
      expect(done.counts).toMatchObject({ read: 3_000, duplicate: 2_500, malformed: 0 });
      const stored = await sql<{ name: string; record: number; valid: boolean }>(
        app,
        'SELECT name, record::int, valid FROM orders WHERE import_id = $1 ORDER BY id',
        [done.id],
      );
      expect(stored.map(({ name, record: number }) => [name, number])).toEqual(
        stored.map((_, index) => [`Record ${index + 1}`, index + 1]),
      );
      expect(stored).toHaveLength(500);
      const invalid = stored.filter(({ valid }) => !valid).length;
      expect(done.counts).toMatchObject({ valid: 500 - invalid, invalid });
      expect(done.violations).toEqual({ allowed_state: invalid });
    }
  });

  it('lets a small file pass', async () => {
    const { app } = apps[1]!;
    const big = await generated({ rows: 60_000, seed: 77, firstId: 70_000_001 });
    const { id } = await accepted(upload(app, big.content));
    const small = await importOf(app, fileOf(record(60_000_001)));
    expect(small).toMatchObject({ state: 'completed', counts: { valid: 1 } });
    const done = await ended(app, id);
    expect(Date.parse(small.finishedAt!)).toBeLessThan(Date.parse(done.finishedAt!));
  });
});
