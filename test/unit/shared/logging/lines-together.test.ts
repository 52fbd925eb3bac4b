import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { linesTogether } from '../../../../src/shared/logging/log-streams.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const soon = () => vi.advanceTimersByTime(10);

function gathered(): { readonly written: string[]; readonly lines: { write(line: string): void } } {
  const written: string[] = [];
  return { written, lines: linesTogether({ write: (bytes) => void written.push(bytes.toString()) }) };
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

it('no more go out together than fill half a pipe, and a long line goes out by itself', () => {
  const { written, lines } = gathered();
  const short = `${'ü'.repeat(5_999)}\n`;
  const long = `${'x'.repeat(20_000)}\n`;
  for (const line of [short, short, short, short, long, short]) lines.write(line);
  soon();
  expect(written.join('')).toBe(short.repeat(4) + long + short);
  expect(written.map((text) => Buffer.byteLength(text))).toEqual([23_998, 23_998, 20_001, 11_999]);
});

it('a process that ends writes what it has', () => {
  const { written, lines } = gathered();
  lines.write('last\n');
  process.listeners('exit').at(-1)!(0);
  expect(written).toEqual(['last\n']);
});
