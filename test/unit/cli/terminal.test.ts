import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openTerminal } from '../../../src/cli/terminal.js';

test('without a terminal, progress is a line now and then, and the last one at the end', () => {
  const out = new PassThrough();
  const terminal = openTerminal(out as unknown as NodeJS.WriteStream, out as unknown as NodeJS.WriteStream);
  const shown = terminal.progress('Upload');
  for (let percent = 0; percent <= 100; percent++) shown.update(percent / 100, `${percent} MB`);
  shown.end();
  expect(String(out.read())).toBe('Upload 0 % | 0 MB\nUpload 100 % | 100 MB\n');
});
