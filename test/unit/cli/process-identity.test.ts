import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { isStopped } from '../../../src/cli/process-identity.js';
import { eventually } from '../../support/eventually.js';

it('a process is known to stand still only while it does', async () => {
  const child = spawn('/bin/sh', ['-c', 'exec sleep 60']);
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = child.pid!;
  expect(isStopped(pid)).toBe(false);
  child.kill('SIGSTOP');
  await eventually('it stands still', () => isStopped(pid));
  child.kill('SIGCONT');
  await eventually('it goes on', () => !isStopped(pid));
  child.kill('SIGKILL');
  await eventually('it has ended', () => child.signalCode !== null);
  expect(isStopped(pid)).toBe(false);
});
