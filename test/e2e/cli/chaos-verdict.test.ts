import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from '../../../src/cli/chaos/ledger.js';
import type { Sent } from '../../../src/cli/chaos/load.js';
import { judge } from '../../../src/cli/chaos/verdict.js';
import { startApp, type App } from '../../support/app.js';
import { importOf, sql } from '../../support/client.js';
import { generated } from '../../support/order-files.js';

let app: App;
let ledger: Ledger;
beforeAll(async () => {
  app = await startApp();
  ledger = new Ledger(app.databaseUrl);
});
afterAll(async () => {
  await ledger?.close();
  await app?.stop();
});

let files = 0;
/** A file whose import is completed, as the chaos program remembers it. */
async function sentFile(): Promise<Sent & { importId: string }> {
  files += 1;
  const { content, oracle } = await generated({ rows: 500, seed: files, firstId: files * 10_000, duplicates: 0.05 });
  const { id } = await importOf(app, content);
  return { oracle, sha256: createHash('sha256').update(content).digest('hex'), importId: id };
}

const judged = (sent: Sent) => judge(app.url, ledger, [sent]);

describe('the judge of a chaos run', () => {
  it('finds nothing where all is well', async () => {
    const sent = await sentFile();
    expect(await judged(sent)).toMatchObject({ imports: 1, records: 500, lost: 0, doubled: 0, differences: [] });
  });

  it.each([
    ['a lost order', 'DELETE FROM orders WHERE import_id = $1 AND record = 7', { lost: 1 }],
    ['a lost reject', "DELETE FROM rejects WHERE import_id = $1 AND outcome = 'duplicate'", {}],
    [
      'a record with two outcomes',
      `INSERT INTO rejects (import_id, record, line, outcome, reasons, byte_offset, byte_length)
       SELECT import_id, record, line, 'duplicate', '{}', 0, 0 FROM orders WHERE import_id = $1 AND valid LIMIT 1`,
      { doubled: 1 },
    ],
    [
      'an order stored twice',
      `INSERT INTO orders SELECT id + 5000, import_id, record, line, birthday, valid, name, email, state, zipcode, violations
       FROM orders WHERE import_id = $1 LIMIT 1`,
      { doubled: 1 },
    ],
    ['an order that reads otherwise', "UPDATE orders SET name = name || '.' WHERE import_id = $1 AND record = 9", {}],
    ['a count of the ledger that is wrong', 'UPDATE segments SET valid = valid + 1 WHERE import_id = $1', {}],
  ])('finds %s', async (_case, sabotage, counts) => {
    const sent = await sentFile();
    const [kept] = await sql(app, 'SELECT record FROM orders WHERE import_id = $1 AND record IN (7, 9)', [
      sent.importId,
    ]);
    expect(kept).toBeDefined();
    await sql(app, sabotage, [sent.importId]);
    const verdict = await judged(sent);
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
