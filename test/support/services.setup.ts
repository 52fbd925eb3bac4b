import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { startServices, type Services } from '../../src/cli/services/index.js';
import { sweepAbandonedFolders, temporaryFolder } from './folders.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The PostgreSQL of this test run; `freshDatabase()` makes a database of one's own there. */
    databaseUrl: string;
    /** The Redis of this test run; `redisFor()` gives out numbered databases of it. */
    redisUrl: string;
    /** Data folder of both; their logs are in `logs`. */
    servicesFolder: string;
  }
}

interface Shared {
  readonly services: Promise<Services>;
  readonly folder: string;
  users: number;
}

// Each project loads this file anew, and they are to share one PostgreSQL and one Redis.
const globals = globalThis as { acmeOrdersTestServices?: Shared | undefined };

/** Starts PostgreSQL and Redis for the first project that wants them, and ends them after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (globals.acmeOrdersTestServices ??= await start());
  shared.users += 1;
  const services = await shared.services;
  project.provide('databaseUrl', services.databaseUrl);
  project.provide('redisUrl', services.redisUrl);
  project.provide('servicesFolder', shared.folder);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    globals.acmeOrdersTestServices = undefined;
    await services.stop();
    rmSync(shared.folder, { recursive: true, force: true });
  };
}

const log = (line: string) => void process.stdout.write(`${line}\n`);

async function start(): Promise<Shared> {
  await sweepAbandonedFolders();
  const folder = temporaryFolder();
  // Never what a developer happens to have set: tests fill and empty databases.
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...env } = process.env;
  return { folder, services: startServices({ dataDir: folder, env, log }), users: 0 };
}
