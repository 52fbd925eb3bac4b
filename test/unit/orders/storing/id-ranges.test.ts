import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangesOf } from '../../../../src/orders/storing/id-ranges.js';

const counting = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);

describe('ids that are looked up', () => {
  it('are one range where they follow each other, also with small gaps', () => {
    const ids = counting(1, 100).map((n) => n * 3);
    expect(rangesOf(Float64Array.from(ids))).toEqual({ singles: [], lowest: [3], highest: [300] });
  });

  it('are asked for one by one where they are far from each other', () => {
    expect(rangesOf(Float64Array.of(7, 5_000, 2 ** 53 - 1))).toEqual({
      singles: [7, 5_000, 2 ** 53 - 1],
      lowest: [],
      highest: [],
    });
  });

  it('are none where there are none', () => {
    expect(rangesOf(new Float64Array())).toEqual({ singles: [], lowest: [], highest: [] });
  });

  it('are all asked for, and a range holds few others', () => {
    const stretch = fc.record({ from: fc.nat(100_000), count: fc.integer({ min: 1, max: 200 }) });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 10 }), (stretches) => {
        const ids = new Set(stretches.flatMap(({ from, count }) => counting(from, count)));
        const { singles, lowest, highest } = rangesOf(Float64Array.from(ids).sort());
        const inRanges = lowest.flatMap((low, at) => counting(low, highest[at]! - low + 1));
        const asked = new Set([...singles, ...inRanges]);
        expect([...ids].filter((id) => !asked.has(id))).toEqual([]);
        expect(asked.size).toBeLessThanOrEqual(ids.size * 8);
      }),
    );
  });
});
