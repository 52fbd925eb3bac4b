import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';

const DOCUMENT = readFileSync(join(ROOT, 'docs', 'files.md'), 'utf8');
const MALFORMATIONS = JSON.parse(readFileSync(join(ROOT, 'i18n', 'en', 'malformations.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;

const codes = Object.entries(MALFORMATIONS).flatMap(([group, texts]) =>
  Object.keys(texts).map((name) => `${group}.${name}`),
);
/** The rows of all tables as their cells. */
const rows = DOCUMENT.split('\n')
  .filter((line) => line.startsWith('|') && !/^\| (?:-|In the file)/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('the table of what files may hold', () => {
  it('has every malformation', () => {
    const cells = rows.map((row) => row.at(-2));
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !cells.includes(`\`${code}\``))).toEqual([]);
  });

  it('links a test in every row, by its title', () => {
    expect(rows.length).toBeGreaterThan(40);
    const wrong = rows.filter((row) => {
      const [, title, path] = /^\[(.+)\]\(\.\.\/(test\/.+)\)$/.exec(row.at(-1)!) ?? [];
      if (!title || !existsSync(join(ROOT, path!))) return true;
      return !readFileSync(join(ROOT, path!), 'utf8').includes(title);
    });
    expect(wrong).toEqual([]);
  });
});
