import { getQueueToken } from '@nestjs/bull';
import { CommandBus } from '@nestjs/cqrs';
import type { Queue } from 'bull';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { StartImportCommand, type ImportOptions } from '../../../src/imports/commands/start-import.command.js';
import { ImportEntity } from '../../../src/imports/import.entity.js';
import { IMPORT_QUEUE } from '../../../src/imports/job/index.js';
import { SegmentEntity } from '../../../src/imports/segment.entity.js';
import { ImportStatusEntity } from '../../../src/imports/status/import-status.entity.js';
import { FileInspector } from '../../../src/imports/upload/file-inspector.js';
import type { ReceivedFile } from '../../../src/imports/upload/upload-receiver.js';
import { STORAGE, type Storage } from '../../../src/shared/storage/index.js';
import { startContext, type Context } from '../../support/context.js';
import { eventually } from '../../support/eventually.js';
import { fileOf, HEADER, record } from '../../support/order-files.js';

const OPTIONS: ImportOptions = { dryRun: false, onDuplicate: 'keep-first', maxRejects: null };
const CONTENT = `\ufeff${fileOf(record(1), record(2))}`;

let context: Context;
beforeAll(async () => {
  context = await startContext('api');
});
afterAll(() => context?.close());
afterEach(() => context.database.query('TRUNCATE imports, segments, import_status CASCADE'));

async function* content(): AsyncGenerator<Buffer> {
  yield Buffer.from(CONTENT);
}

/** A file in the storage, as an upload leaves it. */
async function received(name: string | null, key: string): Promise<ReceivedFile> {
  const inspector = new FileInspector(1_000_000, 1_000_000);
  const storage = context.module.get<Storage>(STORAGE, { strict: false });
  const stored = await storage.write(key, inspector.pass(content()));
  const { sha256, sentBytes, dialect, segments } = inspector;
  return { name, sha256, sentBytes, stored, dialect, segments };
}

const start = (file: ReceivedFile, of: Context = context): Promise<{ importId: string }> =>
  of.module.get(CommandBus).execute(new StartImportCommand(file, OPTIONS, 'request-of-a-test'));
const filesIn = (of: Context): Promise<string[]> => readdir(join(of.dataDir, 'uploads'));
const rowsOf = async (table: string): Promise<number> => {
  const [counted] = await context.database.query<[{ rows: number }]>(`SELECT count(*)::int AS rows FROM ${table}`);
  return counted.rows;
};

describe('starting an import', () => {
  it('commits import, segment and status, and keeps the file', async () => {
    const file = await received('orders.csv', 'kept.csv');
    const { importId } = await start(file);
    const { manager } = context.database;
    const entity = await manager.findOneByOrFail(ImportEntity, { id: importId });
    const common = {
      state: 'queued',
      fileName: 'orders.csv',
      fileBytes: Buffer.byteLength(CONTENT),
      sentBytes: Buffer.byteLength(CONTENT),
      fileSha256: file.sha256,
      ...OPTIONS,
      requestId: 'request-of-a-test',
      createdAt: entity.createdAt,
      startedAt: null,
      finishedAt: null,
      failure: null,
    };
    expect(entity).toMatchObject({
      ...common,
      storageKey: 'kept.csv',
      storageVersion: file.stored.version,
      dialect: file.dialect,
      ruleSet: { zipcode_sum: { max: 20 } },
    });
    const begin = Buffer.byteLength(`\ufeff${HEADER}\n`);
    expect(await manager.findBy(SegmentEntity, { importId })).toEqual([
      expect.objectContaining({
        number: 0,
        nextByte: begin,
        nextRecord: 0,
        nextLine: 2,
        toByte: Buffer.byteLength(CONTENT),
        isDone: false,
        leaseToken: 0,
        leaseExpiresAt: null,
      }),
    ]);
    expect(await manager.findOneByOrFail(ImportStatusEntity, { importId })).toMatchObject({
      ...common,
      delimiter: '|',
      encoding: 'utf-8',
      ignoredColumns: [],
      bytesRead: begin,
      valid: 0,
    });
    expect(await filesIn(context)).toContain('kept.csv');
  });

  it('gives ids that sort by the time at which imports were accepted', async () => {
    const ids: string[] = [];
    for (const key of ['a.csv', 'b.csv', 'c.csv']) ids.push((await start(await received(null, key))).importId);
    expect(ids).toEqual(ids.toSorted());
  });

  it('rings with the id of the import and nothing else', async () => {
    const { importId } = await start(await received(null, 'rung.csv'));
    const queue = context.module.get<Queue>(getQueueToken(IMPORT_QUEUE), { strict: false });
    const job = await eventually('the job is there', () => queue.getJob(`${importId}:0:0`));
    expect(job.data).toEqual({ importId });
  });

  it.each([
    ['imports', `file_name <> 'refused.csv'`],
    ['segments', 'to_byte < 0'],
    ['import_status', `file_name <> 'refused.csv'`],
  ])('commits nothing where %s cannot be written, and removes the file', async (table, check) => {
    const file = await received('refused.csv', 'refused.csv');
    await context.database.query(`ALTER TABLE ${table} ADD CONSTRAINT refused CHECK (${check})`);
    try {
      await expect(start(file)).rejects.toMatchObject({ code: '23514' });
    } finally {
      await context.database.query(`ALTER TABLE ${table} DROP CONSTRAINT refused`);
    }
    const rows = await Promise.all(['imports', 'segments', 'import_status'].map(rowsOf));
    expect(rows).toEqual([0, 0, 0]);
    expect(await filesIn(context)).not.toContain('refused.csv');
  });

  it('does not wait for a Redis that is away', async () => {
    const alone = await startContext('api', { REDIS_URL: 'redis://127.0.0.1:9' });
    try {
      const storage = alone.module.get<Storage>(STORAGE, { strict: false });
      const file = { ...(await received(null, 'elsewhere.csv')), stored: await storage.write('here.csv', content()) };
      const begunAt = performance.now();
      const { importId } = await start(file, alone);
      expect(performance.now() - begunAt).toBeLessThan(5_000);
      expect(await alone.database.manager.existsBy(ImportEntity, { id: importId })).toBe(true);
    } finally {
      await alone.close();
    }
  });
});
