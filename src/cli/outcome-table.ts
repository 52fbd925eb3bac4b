import Table from 'cli-table3';
import type { ImportStatus } from './service-client.js';
import type { Text } from './text.js';

const OUTCOMES = ['valid', 'invalid', 'duplicate', 'malformed'] as const;
const MOST = 5;

/** What became of the records of an import, and the rules that were broken most often. */
export function outcomeTable({ counts, violations }: ImportStatus, text: Text): string {
  const row = (name: string, count: number) => [name, text.number(count), text.percent(share(count, counts.read))];
  const outcomes = OUTCOMES.map((outcome) => row(text(`outcome.${outcome}`), counts[outcome]));
  const tables = [render(text, 'outcome.title', [...outcomes, row(text('outcome.read'), counts.read)])];
  const most = Object.entries(violations).toSorted(([, a], [, b]) => b - a);
  if (most.length > 0)
    tables.push(
      render(
        text,
        'outcome.violations',
        most.slice(0, MOST).map(([rule, n]) => row(rule, n)),
      ),
    );
  return tables.join('\n');
}

function render(text: Text, title: string, rows: readonly string[][]): string {
  const table = new Table({
    head: [text(title), text('outcome.records'), text('outcome.share')],
    colAligns: ['left', 'right', 'right'],
    colWidths: [30, 14, 10],
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows);
  return table.toString();
}

const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);
