import { spawn } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ENDINGS } from '../../../src/cli/end-process.js';
import { identify, isRunning } from '../../../src/cli/process-identity.js';
import { supervise, type RestartDelays } from '../../../src/cli/supervisor.js';
import { eventually } from '../../support/eventually.js';

const DELAYS: RestartDelays = { first: 10, most: 60, steady: 30_000 };
const STAY = 'exec sleep 60';

function superviseScript(script: string | (() => string), delays = DELAYS) {
  const delaysMs: number[] = [];
  const known = new Set<number>();
  const supervised = supervise(
    {
      name: 'api',
      ending: ENDINGS.app,
      start: () => spawn('/bin/sh', ['-c', typeof script === 'string' ? script : script()]),
      onEnd: ({ delayMs }) => delaysMs.push(delayMs),
    },
    { remember: (_name, pid) => known.add(pid), forget: (pid) => known.delete(pid) },
    delays,
  );
  onTestFinished(() => supervised.stop());
  return { supervised, delaysMs, known };
}

describe('a supervised program', () => {
  test('is started again with a delay that doubles up to a limit', async () => {
    const { delaysMs } = superviseScript('exit 1');
    await eventually('five ends', () => delaysMs.length >= 5);
    expect(delaysMs.slice(0, 5)).toEqual([10, 20, 40, 60, 60]);
  });

  test('is started again after the first delay once it ran for a while', async () => {
    let runs = 0;
    const { delaysMs } = superviseScript(() => ((runs += 1) === 3 ? 'sleep 1' : ''), { ...DELAYS, steady: 900 });
    await eventually('four ends', () => delaysMs.length >= 4);
    expect(delaysMs.slice(0, 4)).toEqual([10, 20, 10, 20]);
  });

  test('is started again when it is killed', async () => {
    const { supervised } = superviseScript(STAY);
    const first = supervised.pid;
    process.kill(first!, 'SIGKILL');
    const second = await eventually('another process', () => supervised.pid !== first && supervised.pid);
    expect(second).not.toBe(first);
  });

  test('is written down while it runs', async () => {
    const { supervised, known } = superviseScript(STAY);
    expect([...known]).toEqual([supervised.pid]);
    await supervised.stop();
    expect([...known]).toEqual([]);
  });

  test('stays ended once it was stopped', async () => {
    const { supervised } = superviseScript(STAY);
    const identity = identify(supervised.pid!);
    await supervised.stop();
    expect(identity && isRunning(identity)).toBe(false);
    expect([supervised.pid, supervised.ends]).toEqual([undefined, 0]);
  });

  test('is killed at once by somebody in a hurry', async () => {
    const { supervised } = superviseScript(`trap '' TERM; ${STAY}`);
    const startedAt = performance.now();
    await supervised.stop(AbortSignal.abort());
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('that cannot be started is tried again', async () => {
    const ends: string[] = [];
    const supervised = supervise(
      {
        name: 'api',
        ending: ENDINGS.app,
        start: () => spawn('/no/such/program'),
        onEnd: ({ reason }) => ends.push(reason),
      },
      { remember() {}, forget() {} },
      DELAYS,
    );
    await eventually('two ends', () => ends.length >= 2);
    await supervised.stop();
    expect(ends[0]).toContain('ENOENT');
  });
});
