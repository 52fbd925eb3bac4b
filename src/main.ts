import 'reflect-metadata';
import { PinoLogger } from 'nestjs-pino';
import { readConfig, shownConfig, type Config } from './config.js';
import { createApp } from './http-server.js';
import { openFaultPoints } from './shared/fault-point.js';

/** Longest orderly end, milliseconds; after it the process goes anyway. What was not committed is done again. */
const SHUTDOWN_MS = 9_000;

try {
  await boot(readConfig());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  // Connections that were made by then must not keep the process.
  setTimeout(() => process.exit(), 100);
}

async function boot(config: Config): Promise<void> {
  process.title = `acme-orders-${config.role}`;
  openFaultPoints(config.faultDir);
  for (const [name, value] of Object.entries({ DATABASE_URL: config.databaseUrl, REDIS_URL: config.redisUrl })) {
    if (value === '') throw new Error(`${name} is not set. \`npm start\` starts everything that is needed.`);
  }
  const app = await createApp(config);
  process.on('uncaughtException', endAfterFault);
  PinoLogger.root.info({ configuration: shownConfig() }, 'configuration');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, endInTime);
  // The launcher is gone: nobody would end this process.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  await app.listen(config.role === 'worker' ? config.workerPort : config.port, config.host);
  process.send?.({ listening: await app.getUrl() });
}

/** Node would print all that an error holds, which may be a customer's data. */
function endAfterFault(error: unknown): void {
  PinoLogger.root.fatal({ err: error }, 'the process ends after a fault');
  process.exit(1);
}

function endInTime(): void {
  setTimeout(() => process.exit(1), SHUTDOWN_MS).unref();
  // Bull leaves a promise alone that fails when a connection is closed before Redis has answered on it. That must not
  // make an orderly end a failure.
  process.on('unhandledRejection', (error) => PinoLogger.root.error({ err: error }, 'left alone at the end'));
}
