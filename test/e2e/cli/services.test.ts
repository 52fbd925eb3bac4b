import { lstatSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { startServices } from '../../../src/cli/services/index.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';

async function start(dataDir: string, given: NodeJS.ProcessEnv = {}) {
  const said: string[] = [];
  const env = { PATH: process.env.PATH, ...given };
  const services = await startServices({ dataDir, env, log: (line) => said.push(line) });
  onTestFinished(async () => {
    await services.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { services, said };
}

async function ask(databaseUrl: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  try {
    await client.connect();
    return Object.values(((await client.query(sql)) as { rows: object[] }).rows[0] ?? {})[0];
  } catch {
    return null;
  } finally {
    await client.end().catch(() => {});
  }
}

async function ping(redisUrl: string): Promise<string | null> {
  const redis = new Redis(redisUrl, { retryStrategy: () => null });
  redis.on('error', () => {});
  const answer = await redis.ping().catch(() => null);
  redis.disconnect();
  return answer;
}

describe('embedded services', () => {
  test('that are killed come back at the same address, with their data', async () => {
    const { services } = await start(temporaryFolder());
    const { databaseUrl, redisUrl, postgresPid, redisPid } = services;
    await ask(databaseUrl, 'create table kept as select 7 as seven');
    process.kill(postgresPid!, 'SIGKILL');
    process.kill(redisPid!, 'SIGKILL');
    expect(await eventually('PostgreSQL', () => ask(databaseUrl, 'select seven from kept'))).toBe(7);
    expect(await eventually('Redis', () => ping(redisUrl))).toBe('PONG');
    expect([services.postgresPid === postgresPid, services.redisPid === redisPid]).toEqual([false, false]);
  });

  test('are closed to whoever lacks the password, and never forget a waiting job', async () => {
    const { services } = await start(temporaryFolder());
    const withoutPassword = Object.assign(new URL(services.redisUrl), { password: '' });
    expect(await ping(withoutPassword.href)).toBeNull();
    expect(await ask(services.databaseUrl.replace(/:[^:@]+@/, ':postgres@'), 'select 1')).toBeNull();
    const redis = new Redis(services.redisUrl);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    redis.disconnect();
    expect(await ask(services.databaseUrl, 'show fsync')).toBe('on');
  });

  test('are not started where others are given', async () => {
    const given = { DATABASE_URL: inject('databaseUrl'), REDIS_URL: inject('redisUrl') };
    const { services } = await start(temporaryFolder(), given);
    expect({ ...services }).toMatchObject({ databaseUrl: given.DATABASE_URL, redisUrl: given.REDIS_URL });
    expect([services.postgresPid, services.redisPid]).toEqual([undefined, undefined]);
  });

  test.skipIf(process.getuid?.() !== 0)('keep a database that only root could reach elsewhere', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'acme-orders-closed-'));
    onTestFinished(() => rmSync(closed, { recursive: true, force: true }));
    const removeAfterwards: string[] = [];
    onTestFinished(() => removeAfterwards.forEach((path) => rmSync(path, { recursive: true, force: true })));
    const { services, said } = await start(join(closed, 'data'), { REDIS_URL: inject('redisUrl') });
    const link = join(closed, 'data', 'postgres');
    const place = realpathSync(link);
    removeAfterwards.push(place);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(said.join('\n')).toContain(`so the database is kept in ${place}`);
    expect([await ask(services.databaseUrl, 'select 1'), dirname(place).endsWith('acme-orders')]).toEqual([1, true]);
  });
});
