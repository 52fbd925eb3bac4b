import { parseArgs } from 'node:util';
import { VARIANTS, type Variant } from './variants.js';

export const BENCH_NAMES = ['import', 'small', 'upload', 'segments', 'scale', 'read', 'hostile', 'protection'] as const;
export type BenchName = (typeof BENCH_NAMES)[number];

/** What is to be measured. */
export interface BenchOptions {
  readonly names: readonly BenchName[];
  /** Records of a file of `import` and `segments`, and orders that `read` reads among. */
  readonly rows: number;
  /** Runs of each case; null for each benchmark's own number. */
  readonly runs: number | null;
  /** Kinds of files that `import` measures. */
  readonly variants: readonly Variant[];
  /** Megabytes (10^6 bytes) of the file of `upload`. */
  readonly mb: number;
  /** Records of the largest file of `scale`. */
  readonly most: number;
  /** Put tables and charts into `docs`. */
  readonly isWritten: boolean;
}

export const USAGE = `Usage: npm run bench -- NAME [options]

Starts a service of its own in an empty folder (in TMPDIR), measures it, and ends it. Nothing else is touched.

  import      a file, from its first byte to the final state, beside a bare COPY of the same rows
  small       files of 1 000 records, from POST to the final state
  upload      POST alone, beside a bare server that hashes and writes the same bytes
  segments    the import with 1, 2 and 4 segments at once, each beside its bare COPY
  scale       100 000, 1 000 000 and 10 000 000 records, then 1 000 000 on top
  read        single orders and pages, beside a bare Fastify + pg server, and during an import
  hostile     single orders while bad clients are at it
  protection  single orders, pages and an import with users, limits and log, beside none of them
  all         all of them; import with plain, shuffle, duplicates and quoted files

  --rows N       records of a file of import and segments, orders of read and protection (default 1000000)
  --runs N       runs of each case (default 3, of small 20; files of more than 2000000 records run once)
  --variant V    of import, one or more with commas between: ${Object.keys(VARIANTS).join(', ')}
  --mb N         megabytes of the file of upload (default 1000)
  --most N       records of the largest file of scale (default 10000000)
  --write        also put the table and a chart into docs/benchmarks.md`;

const ALL_VARIANTS: readonly Variant[] = ['plain', 'shuffle', 'duplicates', 'quoted'];

/** Which options change what each one measures; `--write` goes with all. */
const OPTIONS_OF: Readonly<Record<string, readonly string[]>> = {
  import: ['rows', 'runs', 'variant'],
  small: ['runs'],
  upload: ['mb', 'runs'],
  segments: ['rows', 'runs'],
  scale: ['most', 'runs'],
  read: ['rows', 'runs'],
  hostile: ['runs'],
  protection: ['rows', 'runs'],
  all: ['rows', 'runs', 'variant', 'mb', 'most'],
};

const OPTIONS = {
  rows: { type: 'string' },
  runs: { type: 'string' },
  variant: { type: 'string' },
  mb: { type: 'string' },
  most: { type: 'string' },
  write: { type: 'boolean', default: false },
} as const;

/** Reads the arguments after the program's name. Null where they make no sense. */
export function readBenchArguments(args: readonly string[]): BenchOptions | null {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
    const [name = '', ...more] = positionals;
    const known = OPTIONS_OF[name];
    const { write, ...others } = values;
    if (!known || more.length > 0 || !Object.keys(others).every((option) => known.includes(option))) return null;
    return {
      names: name === 'all' ? BENCH_NAMES : [name as BenchName],
      rows: count(values.rows ?? '1000000'),
      runs: values.runs === undefined ? null : count(values.runs),
      variants: variants(values.variant, name === 'all' ? ALL_VARIANTS : ['plain']),
      mb: count(values.mb ?? '1000'),
      most: count(values.most ?? '10000000'),
      isWritten: write,
    };
  } catch {
    return null;
  }
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError(`${text} is no number from 1`);
  return Number(text);
}

function variants(text: string | undefined, usual: readonly Variant[]): readonly Variant[] {
  const wanted = text === undefined ? usual : text.split(',');
  if (!wanted.every((one) => Object.hasOwn(VARIANTS, one))) throw new RangeError(`${text} is no variant`);
  return wanted as readonly Variant[];
}
