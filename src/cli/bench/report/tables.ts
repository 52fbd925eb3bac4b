import Table from 'cli-table3';
import type { Benchmark, Case, Figure, Run } from '../benchmark.js';
import { grouped } from '../progress.js';
import { median } from '../statistics.js';

/** Runs that still have a column each in a terminal. */
const COLUMNS = 6;

/** A table for the terminal: every run and the median; of many runs the least, the median and the most. */
export function terminalTable(figures: readonly Figure[], { name, runs }: Case): string {
  const isWide = runs.length > COLUMNS;
  const names = isWide ? ['least', 'median', 'most'] : [...runs.map((_, index) => `run ${index + 1}`), 'median'];
  const table = new Table({
    head: [name, ...names],
    colAligns: ['left', ...names.map(() => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const figure of figures) {
    const all = runs.map((run) => of(run, figure));
    const shown = isWide ? [Math.min(...all), median(all), Math.max(...all)] : [...all, median(all)];
    table.push([figure.name, ...shown.map((value) => text(value, figure))]);
  }
  return table.toString();
}

/**
 * A Markdown table as Prettier would write it: a column for each case with its medians, the ends between which the
 * charted figure lay, and the number of runs.
 */
export function markdownTable(
  { figures, chart }: Pick<Benchmark, 'figures' | 'chart'>,
  cases: readonly Case[],
): string {
  const charted = figures.find(({ key }) => key === chart.figure)!;
  const row = (name: string, cell: (runs: readonly Run[]) => string) => [name, ...cases.map(({ runs }) => cell(runs))];
  return aligned([
    ['', ...cases.map(({ name }) => name)],
    ...figures.map((figure) => row(figure.name, (runs) => medianText(runs, figure))),
    row(`${charted.name}: least to most`, (runs) => endsText(runs, charted)),
    row('runs', (runs) => String(runs.length)),
  ]);
}

const of = (run: Run, { key }: Figure): number => run[key] ?? Number.NaN;

const text = (value: number, { digits }: Figure): string => (Number.isNaN(value) ? '–' : grouped(value, digits));

/** A figure's median over the runs as it is shown. */
export const medianText = (runs: readonly Run[], figure: Figure): string =>
  text(median(runs.map((run) => of(run, figure))), figure);

function endsText(runs: readonly Run[], figure: Figure): string {
  const all = runs.map((run) => of(run, figure));
  return [Math.min(...all), Math.max(...all)].map((value) => text(value, figure)).join(' to ');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const pad = (row: readonly string[]) =>
    line(row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))));
  const rule = line(widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  const [head, ...body] = rows;
  return [pad(head!), rule, ...body.map(pad)].join('\n');
}
