import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLogFile } from '../../../../src/shared/logging/log-streams.js';
import { eventually } from '../../../support/eventually.js';
import { temporaryFolder } from '../../../support/folders.js';

test('a log file gives way to the next when it is full, and only so many are kept', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const logFile = join(folder, 'logs', 'orders.log');
  const config = { env: 'test', logFile, logFileMaxBytes: 1_024, logFileCount: 3 } as const;
  const streams = {
    api: await openLogFile({ ...config, role: 'api' }),
    worker: await openLogFile({ ...config, role: 'worker' }),
  };
  const files = (role: string) =>
    readdirSync(join(folder, 'logs')).filter((name) => name.startsWith(`orders-${role}.`));
  streams.worker.write(Buffer.from('{"of":"the worker"}\n'));
  for (let number = 1; number <= 10; number += 1) {
    streams.api.write(Buffer.from(`${JSON.stringify({ number, text: 'x'.repeat(1_100) })}\n`));
    await eventually('the next file is there', () => files('api').includes(`orders-api.${number + 1}.log`));
  }
  await eventually('old files are gone', () => files('api').length === 3);
  expect(files('api').toSorted()).toEqual(['orders-api.10.log', 'orders-api.11.log', 'orders-api.9.log']);
  expect(files('worker')).toEqual(['orders-worker.1.log']);
  const [line] = readFileSync(join(folder, 'logs', 'orders-api.10.log'), 'utf8')
    .trimEnd()
    .split('\n');
  expect(JSON.parse(line!)).toMatchObject({ number: 10 });
  expect(statSync(join(folder, 'logs', 'orders-api.11.log')).size).toBe(0);
});
