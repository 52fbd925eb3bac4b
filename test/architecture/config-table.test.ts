import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KEYS } from '../../src/config.js';
import { markdownOf } from '../../src/config/shown.js';
import { ROOT } from './source-files.js';

/** The cells of a table, however wide its columns are. */
const cellsOf = (table: string): string[][] =>
  table
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ |:-]+$/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

it('the README lists the settings as `npm run config -- --markdown` does', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const table = /<!-- config -->\n(.*?)<!-- \/config -->/s.exec(readme)?.[1] ?? '';
  const listed = cellsOf(markdownOf(KEYS));
  expect(listed.length).toBeGreaterThan(20);
  expect(cellsOf(table)).toEqual(listed);
});
