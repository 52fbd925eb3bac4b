import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';
import { runProgram, startedProcesses, startProgram, stillRunning } from '../../support/programs.js';

/** A place for the folders of a measurement that nobody else uses. */
function place(): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('npm run bench', () => {
  it('measures an import beside a bare COPY, and leaves nothing behind', async () => {
    const folder = place();
    const { status, output } = await runProgram('bench/bench', ['import', '--rows', '2000', '--runs', '1'], {
      TMPDIR: folder,
    });
    expect(output).toMatch(/PostgreSQL 18\S*, \d{4}-\d\d-\d\d\n/);
    expect(output).toMatch(/ratio to bare COPY +│ +\d+\.\d\d │/);
    expect(output).toMatch(/worker: peak resident memory, MB +│ +\d+ │/);
    expect(output).toMatch(/GET \/orders\/\{id\} meanwhile, 99th percentile, ms +│ +\d+\.\d │/);
    expect([status, readdirSync(folder)]).toEqual([0, []]);
  });

  it('ends everything that it started on Ctrl-C', async () => {
    const folder = place();
    const bench = startProgram('bench/bench', ['import', '--rows', '300000'], { TMPDIR: folder });
    await eventually('it imports', () => bench.output().includes('importing'), 60_000);
    const services = startedProcesses(join(folder, readdirSync(folder)[0]!));
    expect(services.map(({ name }) => name).toSorted()).toEqual(['postgres', 'redis']);
    bench.process.kill('SIGINT');
    expect([await bench.ended, stillRunning(services), readdirSync(folder)]).toEqual([130, [], []]);
  });

  it('exits with 2 and shows its options where it is called wrongly', async () => {
    const { status, output } = await runProgram('bench/bench', ['import', '--rows', 'many']);
    expect([status, output]).toEqual([2, expect.stringContaining('Usage: npm run bench')]);
  });
});
