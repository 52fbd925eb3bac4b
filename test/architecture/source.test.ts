import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.js';

const MOST_LINES = 250;

const files = sourceFiles();
const pathsWith = (pattern: RegExp): string[] => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('the source', () => {
  it('reads the environment in the configuration and the launcher only', () => {
    const readers = pathsWith(/process\s*(\?\.|\.|\[['"])\s*env|from '(node:)?process'/);
    expect(readers.filter((path) => path !== 'src/config.ts' && !path.startsWith('src/cli/'))).toEqual([]);
    expect(readers).toContain('src/config.ts');
  });

  it('knows Bull in the job and the modules only', () => {
    const users = pathsWith(/(from|import|require)[\s(]*['"](@nestjs\/bull|bull)['"/]/);
    expect(users.filter((path) => !path.startsWith('src/imports/job/') && !path.endsWith('.module.ts'))).toEqual([]);
    expect(users.length).toBeGreaterThan(1);
  });

  it(`has no file of more than ${MOST_LINES} lines`, () => {
    const lengths = files.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(lengths.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
  });

  it('imports its own files with their extension', () => {
    const imports = files.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:from|import) '(\.{1,2}\/[^']*)'/g)].map(([, imported]) => ({ path, imported: imported! })),
    );
    expect(imports.filter(({ imported }) => !/\.(js|json|mjs)$/.test(imported))).toEqual([]);
    expect(imports.length).toBeGreaterThan(100);
  });
});
