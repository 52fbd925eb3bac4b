import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withSection } from '../../../../src/cli/bench/report/sections.js';
import { markdownTable, terminalTable } from '../../../../src/cli/bench/report/tables.js';
import { writeReport, type Report } from '../../../../src/cli/bench/report/write-report.js';
import { temporaryFolder } from '../../../support/folders.js';

const figures = [
  { key: 'speed', name: 'records/s', digits: 0 },
  { key: 'ratio', name: 'ratio', digits: 2 },
];
const chart = { title: 'Speed of it', figure: 'ratio', beside: 'speed', reference: { name: 'bare COPY', value: 1 } };
const benchmark = { title: 'One import', about: 'What it is.', figures, chart };
const run = (ratio: number) => ({ ratio, speed: ratio * 200_000 });
const cases = [
  { name: 'plain', runs: [run(0.5), run(0.7), run(0.6)] },
  { name: 'quoted', runs: [run(0.4)] },
];
const report: Report = { name: 'import', benchmark, cases, machine: '2 cores' };

/** A folder for the report, which may hold a document before. */
function folderWith(before?: string): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  if (before !== undefined) writeFileSync(join(folder, 'benchmarks.md'), before);
  return folder;
}

describe('a section of the document', () => {
  const document =
    'Before.\n\n<!-- bench:a -->\n\nold\n\n<!-- /bench:a -->\n\n<!-- bench:b -->\n\nb\n\n<!-- /bench:b -->\n';

  it('is replaced, and the others stay', () => {
    expect(withSection(document, 'a', 'new')).toBe(document.replace('old', 'new'));
    expect(withSection(document, 'b', 'new')).toBe(document.replace('\nb\n', '\nnew\n'));
  });

  it('is replaced the same way twice', () => {
    const once = withSection(document, 'a', 'new');
    expect(withSection(once, 'a', 'new')).toBe(once);
  });

  it('takes its text as it is', () => {
    expect(withSection(document, 'a', "$& $1 $'")).toContain("\n$& $1 $'\n");
  });

  it('is added at the end where there is none', () => {
    const added = withSection(document, 'c', 'new');
    expect(added).toBe(`${document}\n<!-- bench:c -->\n\nnew\n\n<!-- /bench:c -->\n`);
  });
});

describe('the tables', () => {
  it('show every run and the median in the terminal', () => {
    expect(terminalTable(figures, cases[0]!)).toMatch(
      /plain .*run 3 │ +median.*ratio +│ +0.50 │ +0.70 │ +0.60 │ +0.60 /s,
    );
  });

  it('show the least, the median and the most of many runs', () => {
    const many = { name: 'small', runs: Array.from({ length: 20 }, (_, index) => run(index)) };
    expect(terminalTable(figures, many)).toMatch(/least │ +median │ +most.*ratio +│ +0.00 │ +9.50 │ +19.00 /s);
  });

  it('show the medians and their spread in Markdown', () => {
    const table = markdownTable(benchmark, cases);
    expect(table).toMatch(/^\| records\/s +\| +120 000 \| +80 000 \|$/m);
    expect(table).toMatch(/^\| ratio: least to most +\| 0.50 to 0.70 \| 0.40 to 0.40 \|$/m);
    expect(table).toMatch(/^\| runs +\| +3 \| +1 \|$/m);
  });

  it('show a dash for what could not be measured', () => {
    expect(terminalTable(figures, { name: 'x', runs: [{ ratio: Number.NaN, speed: 1 }] })).toMatch(/ratio +│ +– /);
  });
});

describe('a written report', () => {
  it('is a section with chart, table and machine, in the form that the format check wants', async () => {
    const folder = folderWith();
    await writeReport(folder, report);
    const document = readFileSync(join(folder, 'benchmarks.md'), 'utf8');
    expect(document).toMatch(/## One import.*!\[Speed of it\]\(benchmarks-import.svg\).*\| ratio .*2 cores\./s);
    expect(await format(document, { parser: 'markdown', printWidth: 120 })).toBe(document);
    expect(readFileSync(join(folder, 'benchmarks-import.svg'), 'utf8')).toContain('0.60 · 120 000 records/s');
  });

  it('leaves what others have written', async () => {
    const folder = folderWith('# Mine\n');
    await writeReport(folder, { ...report, name: 'upload' });
    await writeReport(folder, report);
    await writeReport(folder, { ...report, name: 'upload', machine: '4 cores' });
    const document = readFileSync(join(folder, 'benchmarks.md'), 'utf8');
    expect(document).toMatch(/^# Mine\n\n<!-- bench:upload -->.*4 cores.*<!-- bench:import -->.*2 cores/s);
    expect(document.match(/<!-- bench:/g)).toHaveLength(2);
  });
});
