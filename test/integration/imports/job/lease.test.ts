import type { Client, ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  claim,
  endStalledTransactions,
  fence,
  ImportHalted,
  LeaseLost,
  release,
  renew,
  type Lease,
} from '../../../../src/imports/job/lease.js';
import { Pipeline } from '../../../../src/shared/pipeline.js';
import { freshTables } from '../../../support/context.js';
import { eventually } from '../../../support/eventually.js';
import { addImport, inTransaction, openLine } from '../../../support/ledger.js';

const LEASE_MS = 60_000;

let database: DataSource;
/** The connection of the worker that this test is. */
let line: Client;
/** That of another one. */
let otherLine: Client;
beforeAll(async () => {
  database = await freshTables();
  [line, otherLine] = await Promise.all([openLine(database), openLine(database)]);
});
afterAll(async () => {
  await Promise.all([line?.end(), otherLine?.end()]);
  await database?.destroy();
});
beforeEach(() => database.query('TRUNCATE imports, segments, import_status CASCADE'));
afterEach(async () => {
  vi.useRealTimers();
  await Promise.allSettled(open.splice(0).map((end) => end()));
});

const claimed = async (importId?: string, leaseMs = LEASE_MS): Promise<Lease> => {
  const lease = await claim(line, 'a test', leaseMs, importId);
  if (!lease) throw new Error('nothing was there to claim');
  return lease;
};
const expire = (): Promise<unknown> =>
  database.query(`UPDATE segments SET lease_expires_at = clock_timestamp() - interval '1 millisecond'`);
const expiry = async (): Promise<Date | null> => {
  const [segment] = await database.query<[{ at: Date | null }]>('SELECT lease_expires_at AS at FROM segments');
  return segment.at;
};
const open: (() => Promise<void>)[] = [];

/** Opens a transaction that goes on until the returned function is called, or the test ends. */
async function openTransaction(work: (client: ClientBase) => Promise<unknown>): Promise<() => Promise<void>> {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const done = inTransaction(database, async (client) => {
    await work(client);
    begun.resolve();
    await end.promise;
  });
  await Promise.race([begun.promise, done]);
  const finish = async (): Promise<void> => {
    end.resolve();
    await done;
  };
  open.push(finish);
  return finish;
}

/** Sends the fence at once. */
async function fenceOff(client: ClientBase, lease: Lease): Promise<void> {
  const pipeline = new Pipeline(client);
  const fenced = fence(pipeline, lease);
  fenced.catch(() => undefined);
  await pipeline.flush();
  await fenced;
}

describe('a claim', () => {
  it('gives each of many claimers at once a segment of its own, and the others nothing', async () => {
    await addImport(database, { segments: 7 });
    await addImport(database, { segments: 3 });
    const lines = await Promise.all(Array.from({ length: 14 }, () => openLine(database)));
    const leases = await Promise.all(lines.map((each) => claim(each, 'a test', LEASE_MS)));
    await Promise.all(lines.map((each) => each.end()));
    const won = leases.filter((lease) => lease !== null);
    expect(won).toHaveLength(10);
    expect(new Set(won.map(({ importId, segment }) => `${importId} ${segment}`)).size).toBe(10);
    expect(won.every(({ token }) => token === 1)).toBe(true);
  });

  it('takes the oldest import first, or the one that is asked for', async () => {
    const [oldest, middle, newest] = [await addImport(database), await addImport(database), await addImport(database)];
    expect((await claimed(newest)).importId).toBe(newest);
    expect((await claimed()).importId).toBe(oldest);
    expect((await claimed()).importId).toBe(middle);
    expect(await claim(line, 'a test', LEASE_MS, oldest)).toBeNull();
  });

  it('leaves a segment alone as long as its lease lasts, and takes it over once that has run out', async () => {
    await addImport(database);
    const first = await claimed();
    expect(await claim(otherLine, 'another', LEASE_MS)).toBeNull();
    await expire();
    const second = await claimed();
    expect(second).toEqual({ ...first, token: first.token + 1, fruitlessClaims: 2, takenOver: 'expired' });
  });

  it('tells what has become of the owner before: given back, or gone with its connection', async () => {
    await addImport(database);
    const first = await claimed();
    await release(line, first);
    expect([first.takenOver, (await claimed()).takenOver]).toEqual([null, null]);
    await database.query('UPDATE segments SET lease_backend = 0');
    expect((await claimed()).takenOver).toBe('gone');
  });

  it.each(['completed', 'failed', 'cancelled', 'paused'] as const)(
    'finds nothing in an import that is %s',
    async (state) => {
      await addImport(database, { state });
      expect(await claim(line, 'a test', LEASE_MS)).toBeNull();
    },
  );

  it('passes over segments that are done', async () => {
    const id = await addImport(database, { segments: 2 });
    await database.query('UPDATE segments SET is_done = true WHERE number = 0');
    expect(await claimed()).toMatchObject({ importId: id, segment: 1 });
    expect(await claim(line, 'a test', LEASE_MS)).toBeNull();
  });

  it('never waits for a chunk that is being stored, even when the lease has run out', async () => {
    const id = await addImport(database, { segments: 2, state: 'running' });
    const lease = await claimed(undefined, 1);
    const end = await openTransaction((client) => fenceOff(client, lease));
    await database.query('SELECT pg_sleep(0.01)');
    expect(await claimed()).toMatchObject({ importId: id, segment: 1 });
    expect(await claim(line, 'a test', LEASE_MS)).toBeNull();
    await end();
    expect(await claimed()).toMatchObject({ segment: 0, token: 2 });
  });
});

describe('the clock of a process', () => {
  it.each([-2, 2])('that is %i hours off makes no difference: the clock of the database decides', async (hours) => {
    await addImport(database);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
    await claimed();
    expect(await claim(otherLine, 'another', LEASE_MS)).toBeNull();
    const [{ left }] = (await database.query(
      'SELECT extract(epoch FROM lease_expires_at - clock_timestamp())::float * 1000 AS left FROM segments',
    )) as [{ left: number }];
    expect(left).toBeGreaterThan(LEASE_MS - 10_000);
    expect(left).toBeLessThanOrEqual(LEASE_MS);
    await expire();
    expect(await claimed()).toMatchObject({ token: 2 });
  });
});

describe('a lease', () => {
  it('lasts longer when it is renewed', async () => {
    await addImport(database);
    const lease = await claimed(undefined, 1_000);
    const before = await expiry();
    await renew(line, lease, LEASE_MS);
    expect((await expiry())!.getTime()).toBeGreaterThan(before!.getTime() + LEASE_MS / 2);
    await expire();
    await renew(line, lease, LEASE_MS);
    expect(await claim(otherLine, 'another', LEASE_MS)).toBeNull();
  });

  it('that another worker has taken over can neither be renewed nor given back', async () => {
    await addImport(database);
    const lost = await claimed();
    await expire();
    const own = await claimed();
    const before = await expiry();
    await expect(renew(line, lost, LEASE_MS)).rejects.toBeInstanceOf(LeaseLost);
    await release(database, lost);
    expect(await expiry()).toEqual(before);
    await renew(line, own, LEASE_MS);
  });

  it('of a segment that is done is not renewed, and not lost either', async () => {
    await addImport(database);
    const lease = await claimed();
    await database.query('UPDATE segments SET is_done = true');
    const before = await expiry();
    await renew(line, lease, LEASE_MS);
    expect(await expiry()).toEqual(before);
  });

  it('that is given back lets another worker go on at once', async () => {
    await addImport(database);
    await release(database, await claimed());
    expect(await claimed()).toMatchObject({ token: 2 });
  });

  it('fences off the transaction of a worker that has lost it', async () => {
    await addImport(database, { state: 'running' });
    const lost = await claimed();
    await inTransaction(database, (client) => fenceOff(client, lost));
    await expire();
    const own = await claimed();
    await expect(inTransaction(database, (client) => fenceOff(client, lost))).rejects.toBeInstanceOf(LeaseLost);
    await inTransaction(database, (client) => fenceOff(client, own));
  });
});

describe('a lease whose owner has gone', () => {
  it('can be taken over at once, however long it would last', async () => {
    await addImport(database);
    const owner = await openLine(database);
    const lease = (await claim(owner, 'an owner', LEASE_MS))!;
    expect(await claim(otherLine, 'another', LEASE_MS)).toBeNull();
    await owner.end();
    const own = await eventually('another takes over', () => claim(otherLine, 'another', LEASE_MS), 5_000);
    expect(own).toMatchObject({ token: lease.token + 1, fruitlessClaims: 2 });
    await expect(renew(line, lease, LEASE_MS)).rejects.toBeInstanceOf(LeaseLost);
  });

  it('and come back on another connection lives by that one', async () => {
    await addImport(database);
    const [first, second] = [await openLine(database), await openLine(database)];
    const lease = (await claim(first, 'an owner', LEASE_MS))!;
    await renew(second, lease, LEASE_MS);
    await first.end();
    await eventually('the first connection is gone', async () => (await connections()) === 3);
    expect(await claim(otherLine, 'another', LEASE_MS)).toBeNull();
    await second.end();
    await eventually('another takes over', () => claim(otherLine, 'another', LEASE_MS), 5_000);
  });

  it('is told by when its connection began, because its process id may come again', async () => {
    await addImport(database);
    await claimed();
    await database.query(`UPDATE segments SET lease_backend_started = lease_backend_started - interval '1 second'`);
    expect(await claim(otherLine, 'another', LEASE_MS)).toMatchObject({ token: 2 });
  });
});

describe('an import that an operator stopped', () => {
  it.each(['queued', 'paused', 'cancelled', 'failed'] as const)('takes no chunk more while it is %s', async (state) => {
    await addImport(database, { state: 'running' });
    const lease = await claimed();
    await database.query('UPDATE imports SET state = $1', [state]);
    await expect(inTransaction(database, (client) => fenceOff(client, lease))).rejects.toBeInstanceOf(ImportHalted);
  });
});

/** Connections that leases live by. */
const connections = async (): Promise<number> => {
  const [{ open: count }] = (await database.query(
    `SELECT count(*)::int AS open FROM pg_stat_activity
     WHERE datname = current_database() AND application_name <> 'acme-orders-test'`,
  )) as [{ open: number }];
  return count;
};

const stillFor = (ms: number): Promise<unknown> => database.query('SELECT pg_sleep($1)', [ms / 1000]);

describe('the transaction of a worker that stands still', () => {
  const STILL_MS = 50;
  const endStalled = (): Promise<number> => endStalledTransactions(database, STILL_MS);

  it('is ended when its lease has run out, so that another worker takes over', async () => {
    await addImport(database, { state: 'running' });
    const lease = await claimed(undefined, STILL_MS);
    const end = await openTransaction((client) => fenceOff(client, lease));
    await stillFor(2 * STILL_MS);
    expect(await claim(otherLine, 'another', LEASE_MS)).toBeNull();
    expect(await endStalled()).toBe(1);
    await expect(end()).rejects.toThrow(/terminat|closed|not queryable/i);
    await eventually('the segment can be taken over', () => claim(otherLine, 'another', LEASE_MS));
    expect(await endStalled()).toBe(0);
  });

  it('goes on as long as its lease lasts', async () => {
    await addImport(database, { state: 'running' });
    const lease = await claimed();
    const end = await openTransaction((client) => fenceOff(client, lease));
    await stillFor(2 * STILL_MS);
    expect(await endStalled()).toBe(0);
    await end();
  });

  it('goes on while it is the database that takes its time', async () => {
    await addImport(database, { state: 'running' });
    const lease = await claimed(undefined, STILL_MS);
    const slow = Promise.withResolvers<unknown>();
    const end = await openTransaction(async (client) => {
      await fenceOff(client, lease);
      slow.resolve(client.query('SELECT pg_sleep(1)'));
    });
    await stillFor(3 * STILL_MS);
    expect(await endStalled()).toBe(0);
    await slow.promise;
    await end();
  });

  it('is told from those of everybody else', async () => {
    await addImport(database, { state: 'running' });
    await claimed(undefined, STILL_MS);
    const end = await openTransaction((client) => client.query('CREATE TEMPORARY TABLE mine (id int)'));
    await stillFor(2 * STILL_MS);
    expect(await endStalled()).toBe(0);
    await end();
  });
});
