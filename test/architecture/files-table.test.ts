import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-files.js';
import { linksTest, rowsOf } from './test-links.js';

const MALFORMATIONS = JSON.parse(readFileSync(join(ROOT, 'i18n', 'en', 'malformations.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;

const codes = Object.entries(MALFORMATIONS).flatMap(([group, texts]) =>
  Object.keys(texts).map((name) => `${group}.${name}`),
);
const rows = rowsOf('docs/files.md');

describe('the table of what files may hold', () => {
  it('has every malformation', () => {
    const cells = rows.map((row) => row.at(-2));
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !cells.includes(`\`${code}\``))).toEqual([]);
  });

  it('links a test in every row, by its title', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => !linksTest(row.at(-1)!))).toEqual([]);
  });
});
