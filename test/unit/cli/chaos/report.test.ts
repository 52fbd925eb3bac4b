import { describe, expect, it } from 'vitest';
import { spread, type Row } from '../../../../src/cli/chaos/campaign.js';
import { failuresOf, tableOf } from '../../../../src/cli/chaos/report.js';
import { sumOf } from '../../../../src/cli/chaos/verdict.js';

const row = (over: Partial<Row> = {}): Row => ({
  name: 'kill -9 worker mid-copy',
  obstacle: null,
  wanted: 2,
  hits: 2,
  insideCopy: 2,
  recoveriesMs: [3_000, 1_000, 2_000],
  verdict: { ...sumOf([]), imports: 4, records: 9 },
  ...over,
});

const fault = (name: string) => ({ name, strike: () => Promise.resolve({ hit: true }) });

describe('a chaos run', () => {
  it('passes where every fault hit and nothing differs', () => {
    expect(failuresOf([row()], 50, 50)).toEqual([]);
  });

  it.each([
    ['a fault was never hit', [row(), row({ name: 'Redis FLUSHALL', hits: 0 })], 50, 'Redis FLUSHALL: never hit'],
    ['no kill landed inside a COPY', [row({ insideCopy: 0 })], 50, 'no kill landed inside COPY'],
    ['there were fewer kills than promised', [row()], 49, '49 kills, not 50'],
    [
      'anything differs',
      [row({ verdict: { ...sumOf([]), differences: ['import x is failed'] } })],
      50,
      'kill -9 worker mid-copy: import x is failed',
    ],
  ])('fails where %s', (_case, rows, kills, failure) => {
    expect(failuresOf(rows, kills, 50)).toEqual([failure]);
  });

  it('never counts what could not be run as passed', () => {
    const table = tableOf([row(), row({ name: 'clocks jump', obstacle: 'needs faketime', hits: 0 })]);
    expect(table).toMatch(/clocks jump +│ +not run: needs faketime/);
  });

  it('shows the rounds of a fault as one, with median and worst recovery', () => {
    const table = tableOf([row(), row({ recoveriesMs: [9_000] })]);
    expect(table).toMatch(/mid-copy +│ +4 │ +8 │ +18 │ +0 │ +0 │ +0 │ +2\.00 │ +9\.00 │/);
  });
});

describe('the kills of a run', () => {
  it('are at least as many as promised, every way of killing among them, at most ten in a round', () => {
    const orders = spread(100, [
      [fault('often'), 99],
      [fault('seldom'), 1],
    ]);
    expect(orders.reduce((sum, { times }) => sum + times, 0)).toBeGreaterThanOrEqual(100);
    expect(orders.filter(({ fault: { name } }) => name === 'seldom')).toHaveLength(1);
    expect(Math.max(...orders.map(({ times }) => times))).toBe(10);
  });
});
