import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { redisFor } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { removeDataFolder, temporaryFolder } from '../../support/folders.js';
import { readyAt, runProgram, startedProcesses, startProgram, stillRunning } from '../../support/programs.js';

function folder(): string {
  const path = temporaryFolder();
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('the life of a launcher', () => {
  const dataDir = temporaryFolder();
  const env = { DATA_DIR: dataDir, PORT: '0', WORKER_PORT: '0' };
  const start = () => startProgram('start', [], env);
  const processOf = (name: string) => startedProcesses(dataDir).find((process) => process.name === name);
  let launcher = start();

  afterAll(async () => {
    launcher.process.kill('SIGTERM');
    await launcher.ended;
    await removeDataFolder(dataDir);
  });

  test('begins with services, an API and a worker that are ready', async () => {
    const origin = await readyAt(launcher);
    const answers = ['/acme_orders/api/openapi.json', '/health/ready'].map((path) => fetch(origin + path));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    const names = startedProcesses(dataDir).map(({ name }) => name);
    expect(names.toSorted()).toEqual(['api', 'postgres', 'redis', 'worker']);
  });

  test('is not disturbed by a second one with the same data folder, which is refused', async () => {
    const before = startedProcesses(dataDir);
    const { status, output } = await runProgram('start', [], { ...env, LC_ALL: 'pt_BR.UTF-8' });
    expect([status, output]).toEqual([
      1,
      expect.stringContaining(`já está em execução com a pasta de dados ${dataDir}`),
    ]);
    expect(stillRunning(before)).toEqual(before);
  });

  test('brings a killed worker back', async () => {
    const killed = processOf('worker')!;
    process.kill(killed.pid, 'SIGKILL');
    const next = () => startedProcesses(dataDir).some(({ name, pid }) => name === 'worker' && pid !== killed.pid);
    await eventually('another worker', next);
    expect(launcher.output()).toContain('worker ended (SIGKILL) and is started again in 0.5 s');
  });

  test('that is killed takes the API and the worker with it, and the next one starts cleanly', async () => {
    const before = startedProcesses(dataDir);
    launcher.process.kill('SIGKILL');
    await launcher.ended;
    const application = before.filter(({ name }) => name === 'api' || name === 'worker');
    await eventually('the application is gone', () => stillRunning(application).length === 0);
    launcher = start();
    await readyAt(launcher);
    expect(stillRunning(before)).toEqual([]);
  });

  test('ends by SIGTERM within ten seconds and leaves no process', async () => {
    const before = startedProcesses(dataDir);
    const startedAt = performance.now();
    launcher.process.kill('SIGTERM');
    expect(await launcher.ended).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect([before.length, stillRunning(before), startedProcesses(dataDir)]).toEqual([4, [], []]);
  });

  test('ends while it is still starting', async () => {
    launcher = start();
    await eventually('the services were started', () => processOf('postgres'));
    const before = startedProcesses(dataDir);
    launcher.process.kill('SIGINT');
    expect(await launcher.ended).toBe(0);
    expect([stillRunning(before), startedProcesses(dataDir)]).toEqual([[], []]);
  });
});

test('a launcher that is killed while it prepares the database is followed by a clean start', async () => {
  const dataDir = temporaryFolder();
  const env = { DATA_DIR: dataDir, PORT: '0', WORKER_PORT: '0', REDIS_URL: await redisFor() };
  const killed = startProgram('start', [], env);
  const unfinished = join(dataDir, 'postgres', 'data.new', 'PG_VERSION');
  await eventually('a database that is half prepared', () => existsSync(unfinished));
  killed.process.kill('SIGKILL');
  const next = startProgram('start', [], env);
  onTestFinished(async () => {
    next.process.kill('SIGTERM');
    await next.ended;
    await removeDataFolder(dataDir);
  });
  await readyAt(next);
  expect(next.output()).toContain('Preparing the database for the first time');
});

describe('a launcher that cannot start says what to do', () => {
  test('where its port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const port = String((server.address() as AddressInfo).port);
    const { status, output } = await runProgram('start', [], { DATA_DIR: folder(), PORT: port });
    expect([status, output]).toEqual([1, expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`)]);
    expect(output).toContain('PORT=…');
  });

  test('where the data folder is of another PostgreSQL', async () => {
    const dataDir = folder();
    const data = join(dataDir, 'postgres', 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'PG_VERSION'), '15\n');
    const { status, output } = await runProgram('start', [], { DATA_DIR: dataDir, PORT: '0' });
    expect([status, output]).toEqual([1, expect.stringMatching(/made by PostgreSQL 15.*brings PostgreSQL 18/)]);
  });

  test('where the configuration is wrong', async () => {
    const { status, output } = await runProgram('start', [], { DATA_DIR: folder(), PORT: 'x', LOG_LEVEL: 'y' });
    expect([status, output]).toEqual([1, expect.stringMatching(/PORT: .*\n.*LOG_LEVEL: /)]);
  });

  test('where an option is unknown', async () => {
    const { status, output } = await runProgram('start', ['--fast', '--lang', 'es']);
    expect([status, output]).toEqual([2, 'No existe la opción --fast. --help muestra todas las opciones.\n']);
  });
});
