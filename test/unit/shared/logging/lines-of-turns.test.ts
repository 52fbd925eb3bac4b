import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { linesOfTurns } from '../../../../src/shared/logging/log-streams.js';

function gathered(): { readonly written: string[]; readonly lines: { write(line: string): void } } {
  const written: string[] = [];
  return { written, lines: linesOfTurns({ write: (text) => void written.push(text) }) };
}

it('the lines of a turn go out together at its end, and in their order', async () => {
  const { written, lines } = gathered();
  for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line);
  expect(written).toEqual([]);
  await nextTurn();
  expect(written).toEqual(['a\nb\nc\n']);
  lines.write('d\n');
  await nextTurn();
  expect(written).toEqual(['a\nb\nc\n', 'd\n']);
});

it('no more go out together than a pipe takes as a whole', async () => {
  const { written, lines } = gathered();
  const line = `${'x'.repeat(1_499)}\n`;
  for (let number = 0; number < 5; number++) lines.write(line);
  await nextTurn();
  expect(written).toEqual([line + line, line + line, line]);
});

it('a process that ends writes what it has', () => {
  const { written, lines } = gathered();
  lines.write('last\n');
  process.listeners('exit').at(-1)!(0);
  expect(written).toEqual(['last\n']);
});
