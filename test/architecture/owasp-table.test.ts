import { describe, expect, it } from 'vitest';
import { linksTest, rowsOf } from './test-links.js';

const rows = rowsOf('docs/owasp.md');

describe('the tables of risks', () => {
  it('have all ten of the API Security Top 10', () => {
    const risks = new Set(rows.map(([risk]) => /^API\d+/.exec(risk!)?.[0]).filter(Boolean));
    expect([...risks]).toEqual(Array.from({ length: 10 }, (_, index) => `API${index + 1}`));
  });

  it('link a test in every row, by its title', () => {
    expect(rows.length).toBeGreaterThan(40);
    const open = /^_to come: (limits|logs)_$/;
    expect(rows.filter((row) => !open.test(row.at(-1)!) && !linksTest(row.at(-1)!))).toEqual([]);
  });
});
