import Table from 'cli-table3';
import { sumOfRows, type Row } from './campaign.js';

const HEAD = [
  'fault',
  'times',
  'imports',
  'records',
  'lost',
  'doubled',
  'other differences',
  'recovery median, s',
  'worst, s',
];

/** One line for each fault, however many rounds it had, and one for all. */
export function tableOf(rows: readonly Row[]): string {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', ...HEAD.slice(1).map(() => 'right' as const)],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [52, 7, 9, 11, 6, 9, 13, 11, 8],
  });
  for (const row of byFault(rows)) table.push(row.obstacle === null ? lineOf(row) : notRun(row));
  table.push(lineOf({ ...sumOfRows(rows), name: 'all' }));
  return table.toString();
}

/** Rows of the same fault as one, in the order in which they came first. */
export function byFault(rows: readonly Row[]): Row[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.map((name) => sumOfRows(rows.filter((row) => row.name === name)));
}

function lineOf({ name, hits, verdict, recoveriesMs }: Row): string[] {
  const { imports, records, lost, doubled, differences } = verdict;
  return [
    name,
    ...[hits, imports, records, lost, doubled, differences.length].map(String),
    seconds(median(recoveriesMs)),
    seconds(recoveriesMs.length > 0 ? Math.max(...recoveriesMs) : null),
  ];
}

const notRun = ({ name, obstacle }: Row) => [name, { colSpan: HEAD.length - 1, content: `not run: ${obstacle}` }];

const seconds = (ms: number | null): string => (ms === null ? '–' : (ms / 1_000).toFixed(2));

function median(figures: readonly number[]): number | null {
  if (figures.length === 0) return null;
  return figures.toSorted((a, b) => a - b)[Math.floor((figures.length - 1) / 2)]!;
}

/** Why the run proves nothing or proves something wrong; empty where all is well. */
export function failuresOf(rows: readonly Row[], kills: number, wantedKills: number): string[] {
  const run = byFault(rows).filter(({ obstacle }) => obstacle === null);
  const insideCopy = run.reduce((sum, row) => sum + row.insideCopy, 0);
  return [
    ...faultsOf(rows),
    ...(insideCopy === 0 ? ['no kill landed inside COPY'] : []),
    ...(kills < wantedKills ? [`${kills} kills, not ${wantedKills}`] : []),
  ];
}

/** What went wrong with the faults that were run. */
export function faultsOf(rows: readonly Row[]): string[] {
  const run = byFault(rows).filter(({ obstacle }) => obstacle === null);
  return [
    ...run.flatMap(({ name, verdict }) => verdict.differences.map((difference) => `${name}: ${difference}`)),
    ...run.filter(({ hits }) => hits === 0).map(({ name }) => `${name}: never hit`),
  ];
}
