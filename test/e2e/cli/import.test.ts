import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateOrders } from '../../../src/cli/generate-orders.js';
import { freshDatabase, redisFor } from '../../support/database.js';
import { temporaryFolder } from '../../support/folders.js';
import { readyAt, runProgram, startProgram, type RunningProgram } from '../../support/programs.js';

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
const shown = (count: number) => count.toLocaleString('en');
let launcher: RunningProgram;
let url = '';

beforeAll(async () => {
  const services = { DATABASE_URL: await freshDatabase(), REDIS_URL: await redisFor() };
  launcher = startProgram('start', [], { ...services, DATA_DIR: folder, PORT: '0', WORKER_PORT: '0' });
  url = await readyAt(launcher);
});

afterAll(async () => {
  launcher.process.kill('SIGTERM');
  await launcher.ended;
  rmSync(folder, { recursive: true, force: true });
});

describe('npm run import', () => {
  test('exits with 0 and shows the outcome once the import is completed', async () => {
    const { read, valid } = await generateOrders({ rows: 5000, seed: 5, out: file('orders.csv') });
    const { status, output } = await runProgram('import', [file('orders.csv'), '--url', url]);
    expect([status, output]).toEqual([0, expect.stringMatching(/Import 100 % \| 5,000 records/)]);
    expect(output).toMatch(new RegExp(`valid +│ +${shown(valid)} .*read +│ +${shown(read)} `, 's'));
    expect(output).toContain('Most frequent violations');
  });

  test('speaks the language of the locale', async () => {
    const { status, output } = await runProgram('import', [file('orders.csv'), '--url', url], {
      LANG: 'pt_BR',
      LC_ALL: '',
    });
    expect([status, output]).toEqual([0, expect.stringMatching(/duplicados.*lidos/s)]);
  });

  test('exits with 1 and shows title and detail of a refusal', async () => {
    writeFileSync(file('empty.csv'), '');
    const { status, output } = await runProgram('import', [file('empty.csv'), '--url', url]);
    expect([status, output]).toEqual([1, expect.stringMatching(/.+ \(422\)\n.+/)]);
  });

  test.each([
    ['a file that is missing', 1, () => [file('missing.csv'), '--url', url], 'There is no file'],
    [
      'a service that is not running',
      1,
      () => [file('empty.csv'), '--url', 'http://127.0.0.1:9'],
      'No service answers',
    ],
    ['an address that is none', 2, () => [file('empty.csv'), '--url', 'somewhere'], 'is not an address'],
    ['an unknown option', 2, () => [file('empty.csv'), '--quick'], 'There is no option --quick'],
    ['an option without its value', 2, () => [file('empty.csv'), '--url'], 'The option --url'],
    ['no file', 2, () => [], 'Which file'],
    ['an unknown language', 2, () => ['--lang', 'tlh'], 'no texts in the language "tlh"'],
  ])('says what is wrong with %s', async (_case, wanted, args, message) => {
    const { status, output } = await runProgram('import', args());
    expect([status, output]).toEqual([wanted, expect.stringContaining(message)]);
  });
});
