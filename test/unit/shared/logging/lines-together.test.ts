import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { linesTogether } from '../../../../src/shared/logging/log-streams.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const soon = () => vi.advanceTimersByTime(10);

function gathered(): { readonly written: string[]; readonly lines: { write(line: string): void } } {
  const written: string[] = [];
  return { written, lines: linesTogether({ write: (text) => void written.push(text) }) };
}

it('lines that come within a moment go out together, and in their order', () => {
  const { written, lines } = gathered();
  for (const line of ['a\n', 'b\n', 'c\n']) lines.write(line);
  expect(written).toEqual([]);
  soon();
  expect(written).toEqual(['a\nb\nc\n']);
  lines.write('d\n');
  soon();
  expect(written).toEqual(['a\nb\nc\n', 'd\n']);
});

it('no more go out together than a pipe takes as a whole', () => {
  const { written, lines } = gathered();
  const line = `${'x'.repeat(1_499)}\n`;
  for (let number = 0; number < 5; number++) lines.write(line);
  soon();
  expect(written).toEqual([line + line, line + line, line]);
});

it('a process that ends writes what it has', () => {
  const { written, lines } = gathered();
  lines.write('last\n');
  process.listeners('exit').at(-1)!(0);
  expect(written).toEqual(['last\n']);
});
