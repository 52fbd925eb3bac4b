import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from '../../../src/cli/chaos/ledger.js';
import type { Sent, Spoilt } from '../../../src/cli/chaos/load.js';
import { judge } from '../../../src/cli/chaos/verdict.js';
import { generateOrders } from '../../../src/cli/generate-orders.js';
import { startApp, type App } from '../../support/app.js';
import { importOf, sql } from '../../support/client.js';
import { temporaryFolder } from '../../support/folders.js';

const folder = temporaryFolder();
let app: App;
let ledger: Ledger;
beforeAll(async () => {
  app = await startApp();
  ledger = new Ledger(app.databaseUrl);
});
afterAll(async () => {
  await ledger?.close();
  await app?.stop();
  await rm(folder, { recursive: true });
});

const GONE = 'storage.object-gone';
/** A valid order and the first duplicate of its id, each with the other's record. */
const SECOND_KEPT = `WITH pair AS (
    SELECT o.id, o.record AS first, r.record AS second FROM rejects r JOIN orders o ON o.id = r.order_id
    WHERE r.import_id = $1 AND r.outcome = 'duplicate' AND o.valid ORDER BY r.record LIMIT 1),
  kept AS (UPDATE orders SET record = second FROM pair WHERE orders.id = pair.id RETURNING 1)
  UPDATE unstored_rejects SET record = first FROM pair WHERE import_id = $1 AND record = second`;

let files = 0;
/** A file whose import is completed, as the chaos program remembers it. */
async function sentFile(): Promise<Sent & { importId: string; spoilt: Spoilt }> {
  files += 1;
  const lines = new Map<number, string>();
  const out = join(folder, `${files}.csv`);
  const oracle = await generateOrders(
    { rows: 500, seed: files, firstId: files * 10_000, duplicates: 0.05, out },
    (record, line) => lines.set(record, line),
  );
  const content = await readFile(out);
  const { id } = await importOf(app, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { oracle, sha256, importId: id, spoilt: { code: GONE, lines } };
}

const judged = (sent: Sent) => judge(app.url, ledger, [sent]);
/** As by somebody who knows of no fault that spoilt the file. */
const judgedWhole = ({ spoilt: _spoilt, ...sent }: Sent) => judged(sent);

describe('the judge of a chaos run', () => {
  it('finds nothing where all is well', async () => {
    const sent = await sentFile();
    expect(await judged(sent)).toMatchObject({ imports: 1, records: 500, lost: 0, doubled: 0, differences: [] });
  });

  it.each([
    ['a lost order', 'DELETE FROM orders WHERE import_id = $1 AND record = 7', { lost: 1 }],
    ['a lost reject', "DELETE FROM unstored_rejects WHERE import_id = $1 AND outcome = 'duplicate'", {}],
    [
      'a record with two outcomes',
      `INSERT INTO unstored_rejects (import_id, record, line, outcome, reasons, byte_offset)
       SELECT import_id, record, line, 'duplicate', '{}', 0 FROM orders WHERE import_id = $1 AND valid LIMIT 1`,
      { doubled: 1 },
    ],
    [
      'an order stored twice',
      `INSERT INTO orders SELECT id + 5000, import_id, record, line, birthday, valid, name, email, state, zipcode, violations
       FROM orders WHERE import_id = $1 LIMIT 1`,
      { doubled: 1 },
    ],
    ['an order that reads otherwise', "UPDATE orders SET name = name || '.' WHERE import_id = $1 AND record = 9", {}],
    ['a duplicate that was kept instead of the first record', SECOND_KEPT, {}],
    ['a count of the ledger that is wrong', 'UPDATE segments SET valid = valid + 1 WHERE import_id = $1', {}],
  ])('finds %s', async (_case, sabotage, counts) => {
    const sent = await sentFile();
    const [kept] = await sql(app, 'SELECT record FROM orders WHERE import_id = $1 AND record IN (7, 9)', [
      sent.importId,
    ]);
    expect(kept).toBeDefined();
    await sql(app, sabotage, [sent.importId]);
    const verdict = await judgedWhole(sent);
    expect(verdict).toMatchObject(counts);
    expect(verdict.differences.length).toBeGreaterThan(0);
  });

  it('finds an accepted import that is gone, and orders that no import knows', async () => {
    const sent = await sentFile();
    await sql(app, 'DELETE FROM imports WHERE id = $1', [sent.importId]);
    const verdict = await judged(sent);
    expect(verdict.lost).toBe(500);
    expect(verdict.differences).toEqual([
      expect.stringContaining('that no import knows'),
      `import ${sent.importId} was answered 202 and is gone`,
    ]);
  });

  it('allows an upload that was not answered to be there whole, or not at all', async () => {
    const sent = await sentFile();
    expect(await judged({ ...sent, importId: null })).toMatchObject({ imports: 1, differences: [] });
    await sql(app, 'DELETE FROM orders WHERE import_id = $1', [sent.importId]);
    await sql(app, 'DELETE FROM imports WHERE id = $1', [sent.importId]);
    expect(await judged({ ...sent, importId: null })).toMatchObject({ imports: 0, lost: 0, differences: [] });
  });
});

describe('the judge of an import whose file was spoilt', () => {
  /** Its import as if it had failed behind its last chunk. */
  async function failedFile() {
    const sent = await sentFile();
    const failure = { code: GONE, params: {} };
    for (const [table, key] of [
      ['imports', 'id'],
      ['import_status', 'import_id'],
    ])
      await sql(app, `UPDATE ${table} SET state = 'failed', failure = $2 WHERE ${key} = $1`, [sent.importId, failure]);
    return sent;
  }

  it('finds nothing where it completed all the same, or failed and left a part that is right', async () => {
    expect(await judged(await sentFile())).toMatchObject({ records: 500, differences: [] });
    expect(await judged(await failedFile())).toMatchObject({ imports: 1, lost: 0, doubled: 0, differences: [] });
  });

  it.each([
    ['an order that is not of the file', "UPDATE orders SET name = name || '.' WHERE import_id = $1 AND record = 9"],
    ['an order of another record', 'UPDATE orders SET record = 1000 WHERE import_id = $1 AND record = 9 AND valid'],
    ['a record that was left out', 'DELETE FROM orders WHERE import_id = $1 AND record = 9'],
    ['a count of the ledger that is wrong', 'UPDATE segments SET duplicate = duplicate + 1 WHERE import_id = $1'],
    ['a duplicate that was kept instead of the first record', SECOND_KEPT],
  ])('finds %s', async (_case, sabotage) => {
    const sent = await failedFile();
    await sql(app, sabotage, [sent.importId]);
    expect((await judged(sent)).differences.length).toBeGreaterThan(0);
  });

  it('finds that it failed though no fault spoilt its file', async () => {
    const { differences } = await judgedWhole(await failedFile());
    expect(differences).toContainEqual(expect.stringContaining('is failed'));
  }, 30_000);
});
