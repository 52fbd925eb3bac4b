import { describe, expect, it } from 'vitest';
import { median, percentile } from '../../../../src/cli/bench/statistics.js';

describe('the median', () => {
  it.each([
    ['the middle one', [9, 1, 5], 5],
    ['the mean of the middle two', [4, 1, 10, 2], 3],
    ['the only one', [7], 7],
    ['no number where nothing was measured', [], Number.NaN],
  ])('is %s', (_case, figures, wanted) => {
    expect(median(figures)).toBe(wanted);
  });

  it('orders by value, not by digits', () => {
    expect(median([10, 9, 100])).toBe(10);
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [0.99, hundred, 99],
    [1, hundred, 100],
    [0.5, hundred, 50],
    [0.99, [3, 1, 2], 3],
    [0.5, [1, 2, 3], 2],
    [0.99, [], Number.NaN],
  ])('of the share %d is a figure that was measured', (share, figures, wanted) => {
    expect(percentile(figures, share)).toBe(wanted);
  });
});
