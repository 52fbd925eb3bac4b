import { Client, type ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { RecordReader } from '../../src/imports/csv/record-reader.js';
import { ImportEntity } from '../../src/imports/import.entity.js';
import { Chunk } from '../../src/imports/job/chunk.js';
import { checkpointAt, SegmentEntity, type Totals } from '../../src/imports/segment.entity.js';
import { ImportStatusEntity } from '../../src/imports/status/import-status.entity.js';
import { compileRules, ORDER_COLUMNS, type OrderColumn } from '../../src/orders/index.js';
import { readRuleSet } from '../../src/orders/rules/rule-set.js';

export const NOTHING: Totals = { valid: 0, invalid: 0, duplicate: 0, malformed: 0, violations: {}, malformations: {} };

/** Bytes of the file of an import that `addImport` makes, and of each of its segments. */
export const SEGMENT_BYTES = 1_000_000;

const RULE_SET = readRuleSet(null);
const COLUMNS = Object.fromEntries(ORDER_COLUMNS.map((column, index) => [column, index])) as Record<
  OrderColumn,
  number
>;

/** Writes an import into the ledger as it is when it was accepted. Returns its id. */
export async function addImport(
  database: DataSource,
  { segments = 1, ...given }: Partial<ImportEntity> & { segments?: number } = {},
): Promise<string> {
  const common = {
    state: 'queued' as const,
    fileName: 'orders.csv',
    fileBytes: segments * SEGMENT_BYTES,
    fileSha256: '0'.repeat(64),
    dryRun: false,
    onDuplicate: 'keep-first' as const,
    maxRejects: null,
    requestId: 'request-of-a-test',
    createdAt: new Date(),
    startedAt: null,
    finishedAt: null,
    failure: null,
    ...given,
  };
  const id = uuidv7();
  const begin = { offset: 0, record: 0, line: 1 };
  const dialect = { delimiter: '|', encoding: 'utf-8', header: ORDER_COLUMNS, columns: COLUMNS, begin } as const;
  const storage = { storageKey: 'none', storageVersion: 'none' };
  await database.manager.insert(ImportEntity, { ...common, ...storage, id, dialect, ruleSet: RULE_SET });
  for (let number = 0; number < segments; number++) {
    const nextByte = number * SEGMENT_BYTES;
    const begin = { offset: nextByte, record: 0, line: 1, destination: null };
    const place = { begin, toByte: nextByte + SEGMENT_BYTES, ...checkpointAt(begin) };
    await database.manager.insert(SegmentEntity, { importId: id, number, ...place });
  }
  const status = { importId: id, delimiter: '|', encoding: 'utf-8', bytesRead: 0 };
  await database.manager.insert(ImportStatusEntity, { ...common, ...status });
  return id;
}

/** The records of an import as a chunk, from the begin of its file. */
export function chunkOf(importId: string, ...records: string[]): Chunk {
  const begin = { offset: 0, record: 0, line: 1 };
  const judge = compileRules(RULE_SET, new Date());
  const intake = { importId, ruleSet: RULE_SET, judge, columns: COLUMNS, destination: null };
  const chunk = new Chunk(intake, ORDER_COLUMNS.length, begin, records.length + 1);
  const reader = new RecordReader('|', begin);
  reader.push(Buffer.from(records.join('\n')), true);
  chunk.fill(reader);
  chunk.end = reader.position;
  return chunk;
}

/** A connection by which leases live, as a worker has one; whoever opens it ends it. */
export async function openLine(database: DataSource): Promise<Client> {
  const { url } = database.options as { url?: string };
  const line = new Client({ connectionString: url });
  await line.connect();
  return line;
}

/** Does something within a transaction of its own; `end` is what the transaction ends with. */
export async function inTransaction<T>(
  database: DataSource,
  work: (client: ClientBase) => Promise<T>,
  end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<T> {
  const runner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query(end);
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  } finally {
    await runner.release();
  }
}

/** Whether somebody waits for a lock of a transaction that is open. */
export async function isWaitedFor(database: DataSource): Promise<boolean> {
  const waiting = (await database.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )) as unknown[];
  return waiting.length > 0;
}
