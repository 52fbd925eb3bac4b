import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { complaintOf, followLog, type Complaint } from '../../../src/cli/child-log.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';

describe('a line of the log', () => {
  test.each([
    ['{"level":40,"msg":"slow"}', { level: 'warn', message: 'slow' }],
    ['{"level":50,"msg":"broken","err":{"message":"why"}}', { level: 'error', message: 'broken: why' }],
    ['{"level":60,"err":{"message":"why"},"msg":"why"}', { level: 'error', message: 'why' }],
    ['{"log.level":"warn","message":"slow"}', { level: 'warn', message: 'slow' }],
    ['{"level":30,"msg":"all is well"}', null],
    ['{"level":40,"res":{"statusCode":404},"msg":"request completed"}', null],
    ['{"level":50,"res":{"statusCode":500},"msg":"request errored"}', { level: 'error', message: 'request errored' }],
    ['{"level":50 cut off', { level: 'error', message: '{"level":50 cut off' }],
    ['[Nest] 7  - 11/23/2026, 7:52:19 AM     LOG [InstanceLoader] AppModule dependencies initialized', null],
    [
      '\u001b[31m[Nest] 7  - 11/23/2026, 7:52:19 AM   ERROR [ExceptionHandler] Error: no page\u001b[39m',
      { level: 'error', message: '[ExceptionHandler] Error: no page' },
    ],
    ['    at main (file:///main.js:1:1)', null],
    ['TypeError: x is not a function', { level: 'error', message: 'TypeError: x is not a function' }],
    ['', null],
  ])('%s', (line, complaint) => {
    expect(complaintOf(line)).toEqual(complaint);
  });
});

test('what is appended to a log is shown as it comes, the same complaint once for a while', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'child.log');
  writeFileSync(path, '{"level":40,"msg":"from an earlier run"}\n');
  const shown: Complaint[] = [];
  const stop = followLog(path, (complaint) => shown.push(complaint));
  appendFileSync(path, '{"level":40,"msg":"slow"}\n{"level":30,"msg":"fine"}\n{"level":40,"msg":"slow"}\nhalf a li');
  await eventually('the warning', () => shown.length === 1);
  appendFileSync(path, 'ne\n');
  stop();
  expect(shown).toEqual([
    { level: 'warn', message: 'slow' },
    { level: 'error', message: 'half a line' },
  ]);
});
