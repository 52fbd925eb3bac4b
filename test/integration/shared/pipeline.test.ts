import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CopyRows } from '../../../src/shared/copy-rows.js';
import { inPipeline, Pipeline } from '../../../src/shared/pipeline.js';
import { freshTables } from '../../support/context.js';
import { openLine } from '../../support/ledger.js';

let database: DataSource;
let client: Client;
beforeAll(async () => {
  database = await freshTables();
  client = await openLine(database);
  await client.query('CREATE TABLE things (id bigint PRIMARY KEY, name text)');
});
afterAll(async () => {
  await client?.end();
  await database?.destroy();
});
beforeEach(() => client.query('TRUNCATE things'));

function things(...ids: number[]): CopyRows {
  const rows = new CopyRows();
  for (const id of ids) {
    rows.row(2);
    rows.int8(id);
    rows.text(`thing ${id}`);
  }
  return rows;
}

const stored = async (): Promise<number[]> =>
  (await client.query<{ id: string }>('SELECT id FROM things ORDER BY id')).rows.map(({ id }) => Number(id));
const codeOf = (error: unknown): string => (error as { code: string }).code;

describe('statements that are sent together', () => {
  it('are answered each with its own rows, in the order in which they were noted', async () => {
    const pipeline = new Pipeline(client);
    const numbers = pipeline.add('SELECT n, $1::text FROM generate_series(1, $2::int) n', ['a', 3]);
    const nothing = pipeline.add('SELECT 1 WHERE false');
    expect(await pipeline.ask('SELECT $1::jsonb, $2::boolean, $3::int', [{ key: [1] }, true, null])).toEqual([
      ['{"key": [1]}', 't', null],
    ]);
    expect(await numbers).toEqual([
      ['1', 'a'],
      ['2', 'a'],
      ['3', 'a'],
    ]);
    expect(await nothing).toEqual([]);
  });

  it('may be copies, of many rows and of none', async () => {
    const pipeline = new Pipeline(client);
    const many = Array.from({ length: 50_000 }, (_, index) => index + 1);
    void pipeline.copy('things (id, name)', things(...many));
    void pipeline.copy('things (id, name)', things());
    expect(await pipeline.ask('SELECT count(*), max(name) FROM things WHERE id <= 9')).toEqual([['9', 'thing 9']]);
    expect(await stored()).toEqual(many);
  });

  it('are passed over behind one that fails, whose error everybody gets', async () => {
    const pipeline = new Pipeline(client);
    void pipeline.add('BEGIN');
    const before = pipeline.copy('things (id, name)', things(1, 2));
    const failing = pipeline.copy('things (id, name)', things(3, 2, 4));
    const behind = pipeline.copy('things (id, name)', things(5));
    await expect(pipeline.ask('COMMIT')).rejects.toMatchObject({ code: '23505' });
    await before;
    expect([await failing.catch(codeOf), await behind.catch(codeOf)]).toEqual(['23505', '23505']);
    await client.query('ROLLBACK');
    expect(await stored()).toEqual([]);
    expect(await new Pipeline(client).ask('SELECT 1')).toEqual([['1']]);
  });

  it('are not sent before they are needed', async () => {
    const pipeline = new Pipeline(client);
    void pipeline.copy('things (id, name)', things(1));
    expect(await stored()).toEqual([]);
    await pipeline.flush();
    await pipeline.flush();
    expect(await stored()).toEqual([1]);
  });
});

describe('work in a pipeline', () => {
  it('is committed when it is done', async () => {
    const answer = await inPipeline(database, async (pipeline) => {
      void pipeline.copy('things (id, name)', things(1, 2));
      return pipeline.ask('SELECT count(*) FROM things');
    });
    expect(answer).toEqual([['2']]);
    expect(await stored()).toEqual([1, 2]);
  });

  it('leaves nothing when it fails, by itself or with the last statement', async () => {
    const own = inPipeline(database, async (pipeline) => {
      void pipeline.copy('things (id, name)', things(1));
      await pipeline.flush();
      throw new Error('of the work');
    });
    await expect(own).rejects.toThrow('of the work');
    const last = inPipeline(database, async (pipeline) => {
      void pipeline.copy('things (id, name)', things(3, 3));
    });
    await expect(last).rejects.toMatchObject({ code: '23505' });
    expect(await stored()).toEqual([]);
  });

  it('rejects when the connection breaks, and the next finds another', async () => {
    const broken = inPipeline(database, async (pipeline) => {
      await pipeline.ask('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    await expect(broken).rejects.toBeDefined();
    expect(await inPipeline(database, (pipeline) => pipeline.ask('SELECT 1'))).toEqual([['1']]);
  });
});
