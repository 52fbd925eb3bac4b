import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { inject } from 'vitest';

const REDIS_DATABASES = 1024;

/** A new empty database on the PostgreSQL of this test run; its URL. It goes with the run. */
export async function freshDatabase(): Promise<string> {
  const url = new URL(inject('databaseUrl'));
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  return url.href;
}

/** The URL of an empty numbered database on the Redis of this test run, which nobody else gets. */
export async function redisFor(): Promise<string> {
  const url = new URL(inject('redisUrl'));
  const redis = new Redis(url.href);
  try {
    const number = await redis.incr('test:databases-given-out');
    if (number >= REDIS_DATABASES) throw new Error(`This run has used up its ${REDIS_DATABASES} Redis databases.`);
    url.pathname = `/${number}`;
    return url.href;
  } finally {
    redis.disconnect();
  }
}
