import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './source-files.js';

/** The rows of all tables of a document of the repository, as their cells; without the heads. */
export function rowsOf(path: string): string[][] {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
  const isRule = (line: string | undefined): boolean => /^\|[ -]+\|/.test(line ?? '') && !/\w/.test(line!);
  return lines
    .filter((line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Whether a cell links a file of tests by the title of one that is in it. */
export function linksTest(cell: string): boolean {
  const [, title, path] = /^\[(.+)\]\(\.\.\/(test\/.+)\)$/.exec(cell) ?? [];
  if (!title || !existsSync(join(ROOT, path!))) return false;
  return readFileSync(join(ROOT, path!), 'utf8').includes(title);
}
