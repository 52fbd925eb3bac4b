import { expect, test } from 'vitest';
import { outcomeTable } from '../../../src/cli/outcome-table.js';
import type { ImportStatus } from '../../../src/cli/service-client.js';
import { textIn } from '../../../src/cli/text.js';

const status: ImportStatus = {
  id: '1',
  state: 'completed',
  progress: { percent: 100, recordsPerSecond: null, etaSeconds: null },
  counts: { read: 2000, valid: 1500, invalid: 300, duplicate: 150, malformed: 50 },
  violations: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 },
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  failure: null,
};

const rows = (table: string) =>
  table
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .flatMap((line) => {
      const cells = line.split('│').map((cell) => cell.trim());
      return cells.length > 1 ? [cells.slice(1, -1).join(' ')] : [];
    });

test('the outcome shows every count with its share, and the five most frequent violations', () => {
  expect(rows(outcomeTable(status, textIn('en')))).toEqual([
    'Outcome Records Share',
    'valid 1,500 75%',
    'invalid 300 15%',
    'duplicate 150 7.5%',
    'malformed 50 2.5%',
    'read 2,000 100%',
    'Most frequent violations Records Share',
    'f 6 0.3%',
    'e 5 0.3%',
    'd 4 0.2%',
    'c 3 0.2%',
    'b 2 0.1%',
  ]);
});

test('the outcome of an empty file is all zeros', () => {
  const counts = { read: 0, valid: 0, invalid: 0, duplicate: 0, malformed: 0 };
  expect(rows(outcomeTable({ ...status, counts, violations: {} }, textIn('es')))).toEqual([
    'Resultado Registros Parte',
    'válidos 0 0 %',
    'no válidos 0 0 %',
    'duplicados 0 0 %',
    'mal formados 0 0 %',
    'leídos 0 0 %',
  ]);
});
