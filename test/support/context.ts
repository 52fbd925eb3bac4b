import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { readConfig } from '../../src/config.js';
import { dataSourceOptions, migrate } from '../../src/database/data-source.js';
import { freshDatabase, redisFor } from './database.js';

/** The application of a role without its HTTP server, on a fresh database, Redis and storage. */
export interface Context {
  readonly module: TestingModule;
  readonly database: DataSource;
  /** Folder of this context alone; uploads are in `uploads`. */
  readonly dataDir: string;
  close(): Promise<void>;
}

/** Starts a role in this process. A worker takes up only what it is told to: it sweeps once a minute. */
export async function startContext(role: 'api' | 'worker', env: Record<string, string> = {}): Promise<Context> {
  const dataDir = await mkdtemp(join(tmpdir(), 'acme-orders-test-'));
  const config = readConfig({
    ACME_ENV: 'test',
    ROLE: role,
    LOG_LEVEL: 'silent',
    DATABASE_URL: await freshDatabase(),
    REDIS_URL: await redisFor(),
    DATA_DIR: dataDir,
    IMPORT_SWEEP_MS: '60000',
    ...env,
  });
  const module = await Test.createTestingModule({ imports: [AppModule.forConfig(config)] }).compile();
  await module.init();
  const close = async (): Promise<void> => {
    await module.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { module, database: module.get(DataSource), dataDir, close };
}

/** Connections to a fresh database with all tables. */
export async function freshTables(): Promise<DataSource> {
  const database = await connectTo(await freshDatabase());
  await migrate(database);
  return database;
}

/** Connections to a database as the application makes them. */
export const connectTo = (url: string): Promise<DataSource> =>
  new DataSource(dataSourceOptions(url, 10, 'acme-orders-test')).initialize();
