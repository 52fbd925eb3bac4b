import { describe, expect, it } from 'vitest';
import { BENCH_NAMES, readBenchArguments } from '../../../../src/cli/bench/bench-arguments.js';

const read = (line: string) => readBenchArguments(line.split(' ').filter(Boolean));

describe('the arguments of a benchmark', () => {
  it('have defaults', () => {
    expect(read('import')).toEqual({
      names: ['import'],
      rows: 1_000_000,
      runs: null,
      variants: ['plain'],
      mb: 1_000,
      most: 10_000_000,
      isWritten: false,
    });
  });

  it('name several kinds of files', () => {
    expect(read('import --variant plain,comma --rows 2000 --runs 1 --write')).toMatchObject({
      variants: ['plain', 'comma'],
      rows: 2_000,
      runs: 1,
      isWritten: true,
    });
  });

  it('stand for all benchmarks and the usual files', () => {
    expect(read('all --most 5000')).toMatchObject({
      names: BENCH_NAMES,
      variants: ['plain', 'shuffle', 'duplicates', 'quoted'],
      most: 5_000,
    });
  });

  it.each([
    ['there is no name', ''],
    ['the name is unknown', 'exports'],
    ['there are two names', 'import small'],
    ['an option is unknown', 'import --fast'],
    ['an option changes nothing there', 'upload --rows 5'],
    ['a number is none', 'import --rows many'],
    ['a number is zero', 'import --runs 0'],
    ['a number is broken', 'import --rows 1.5'],
    ['a value is missing', 'import --rows'],
    ['a variant is unknown', 'import --variant plain,toString'],
  ])('make no sense where %s', (_case, line) => {
    expect(read(line)).toBeNull();
  });
});
