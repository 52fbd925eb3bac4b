import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { complaintOf, followLog, type Complaint } from '../../../src/cli/child-log.js';
import { eventually } from '../../support/eventually.js';
import { temporaryFolder } from '../../support/folders.js';

describe('a line of the log', () => {
  test.each([
    ['{"log.level":"warn","message":"slow"}', { level: 'warn', message: 'slow' }],
    ['{"log.level":"error","message":"broken","error.message":"why"}', { level: 'error', message: 'broken: why' }],
    ['{"log.level":"fatal","error.message":"why","message":"why"}', { level: 'error', message: 'why' }],
    ['{"log.level":"info","message":"all is well"}', null],
    ['{"log.level":"warn","http.response.status_code":404,"message":"request completed"}', null],
    [
      '{"log.level":"error","http.response.status_code":500,"message":"request completed"}',
      { level: 'error', message: 'request completed' },
    ],
    ['{"log.level":"error" cut off', { level: 'error', message: '{"log.level":"error" cut off' }],
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
  writeFileSync(path, '{"log.level":"warn","message":"from an earlier run"}\n');
  const shown: Complaint[] = [];
  const stop = followLog(path, (complaint) => shown.push(complaint));
  appendFileSync(
    path,
    '{"log.level":"warn","message":"slow"}\n{"log.level":"info","message":"fine"}\n{"log.level":"warn","message":"slow"}\nhalf a li',
  );
  await eventually('the warning', () => shown.length === 1);
  appendFileSync(path, 'ne\n');
  stop();
  expect(shown).toEqual([
    { level: 'warn', message: 'slow' },
    { level: 'error', message: 'half a line' },
  ]);
});
