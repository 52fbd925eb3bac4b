import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '../../../src/cli/data-folder.js';
import { identify, isRunning } from '../../../src/cli/process-identity.js';
import { temporaryFolder } from '../../support/folders.js';

const silent = () => {};

function folder(): string {
  const path = temporaryFolder();
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function sleeper() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  return identify(child.pid!)!;
}

/** The number of a process that is over. */
const endedPid = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('a data folder', () => {
  test('is owned by one launcher at a time', async () => {
    const path = folder();
    const first = await openDataFolder(path, silent);
    await expect(openDataFolder(path, silent)).rejects.toMatchObject({ code: 'start.already-running' });
    first.close();
    const second = await openDataFolder(path, silent);
    second.close();
  });

  test.each([
    ['a launcher that is over', () => JSON.stringify({ pid: endedPid(), started: 'then' })],
    ['a number that another process has now', () => JSON.stringify({ pid: process.pid, started: 'another time' })],
    ['nobody, because its writer was killed', () => ''],
  ])('is taken over from %s', async (_case, lock) => {
    const path = folder();
    writeFileSync(join(path, 'launcher.lock'), lock());
    const opened = await openDataFolder(path, silent);
    expect(JSON.parse(readFileSync(join(path, 'launcher.lock'), 'utf8'))).toEqual(identify(process.pid));
    opened.close();
  });

  test('has what a killed launcher left ended, and only that', async () => {
    const path = folder();
    const [leftOver, stranger] = [sleeper(), sleeper()];
    const ledger = [
      { name: 'worker', ...leftOver },
      { name: 'redis', pid: stranger.pid, started: 'another time' },
      { name: 'postgres', pid: endedPid(), started: 'then' },
    ];
    writeFileSync(join(path, 'running.json'), JSON.stringify(ledger));
    const said: unknown[] = [];
    const opened = await openDataFolder(path, (key, params) => said.push([key, params]));
    opened.close();
    expect([leftOver, stranger].map(isRunning)).toEqual([false, true]);
    expect(said).toEqual([['start.left-over', { name: 'worker', pid: String(leftOver.pid) }]]);
  });

  test('keeps a log until it is large', async () => {
    const path = folder();
    const opened = await openDataFolder(path, silent);
    const log = join(path, 'logs', 'api.log');
    writeFileSync(log, 'small\n');
    opened.openLog('api');
    expect(statSync(log).size).toBe(6);
    writeFileSync(log, Buffer.alloc(11 * 1024 ** 2));
    opened.openLog('api');
    expect(statSync(log).size).toBe(0);
    opened.close();
  });

  test('that cannot be made is explained', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(openDataFolder(join(file, 'data'), silent)).rejects.toMatchObject({ code: 'start.data-folder' });
  });
});
