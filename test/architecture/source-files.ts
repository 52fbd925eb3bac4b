import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The top of the repository. */
export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** From the top of the repository, parted by slashes. */
  readonly path: string;
  readonly text: string;
}

/** The programs of a folder of the repository, those of its folders too. */
export function sourceFiles(folder = 'src'): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js|mjs)$/.test(name))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** What the first group of a pattern matches in the files, each once, in order. */
export const found = (files: readonly SourceFile[], pattern: RegExp): string[] => [
  ...new Set(files.flatMap(({ text }) => [...text.matchAll(pattern)].map(([, match]) => match!)).toSorted()),
];
