import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../problem.js';
import type { Benchmark, Case, Figure } from '../benchmark.js';
import { grouped } from '../progress.js';
import { median } from '../statistics.js';
import { drawBars, type Bar } from './bar-chart.js';
import { withSection } from './sections.js';
import { markdownTable, medianText } from './tables.js';

/** What a benchmark has found, and where. */
export interface Report {
  readonly name: string;
  readonly benchmark: Pick<Benchmark, 'title' | 'about' | 'figures' | 'chart'>;
  readonly cases: readonly Case[];
  readonly machine: string;
}

/** Replaces a benchmark's section of `benchmarks.md` in this folder, and its chart beside it. Answers both paths. */
export async function writeReport(folder: string, report: Report): Promise<readonly string[]> {
  const document = join(folder, 'benchmarks.md');
  const picture = `benchmarks-${report.name}.svg`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, picture), drawBars(chartOf(report)));
  const before = await readFile(document, 'utf8').catch(emptyWhereMissing);
  await writeFile(document, withSection(before, report.name, sectionOf(report, picture)));
  return [document, join(folder, picture)];
}

function emptyWhereMissing(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return '# Benchmarks\n';
  throw error;
}

const sectionOf = ({ benchmark, cases, machine }: Report, picture: string): string =>
  [
    `## ${benchmark.title}`,
    benchmark.about,
    `![${benchmark.chart.title}](${picture})`,
    markdownTable(benchmark, cases),
    `Medians of the runs. ${machine}.`,
  ].join('\n\n');

function chartOf({ benchmark: { figures, chart }, cases }: Report) {
  const figure = (key: string): Figure => figures.find((one) => one.key === key)!;
  const shown = figure(chart.figure);
  const beside = chart.beside === undefined ? undefined : figure(chart.beside);
  const bars = cases.map(({ name, runs }): Bar => {
    const also = beside ? ` · ${medianText(runs, beside)} ${beside.name.split(',')[0]}` : '';
    const value = median(runs.map((run) => run[shown.key] ?? Number.NaN));
    return { name, value, text: medianText(runs, shown) + also };
  });
  const { name, value } = chart.reference;
  return { title: chart.title, bars, reference: { name, value, text: grouped(value, shown.digits) } };
}
