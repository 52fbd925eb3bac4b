import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersOfIds } from '../../../../src/orders/storing/numbers-of-ids.js';

/** Ids of which some share their low bits. */
const anyId = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 65_537, max: 65_557 }), fc.maxSafeNat());

describe('the places of ids', () => {
  it('are exactly those at which one of them stands, ascending, every time', () => {
    fc.assert(
      fc.property(fc.array(anyId), fc.uniqueArray(anyId), (ids, wanted) => {
        const expected = [...ids.keys()].filter((number) => wanted.includes(ids[number]!));
        for (const set of [new Set(wanted), new Map(wanted.map((id) => [id, 'anything']))]) {
          expect(numbersOfIds(Float64Array.from(ids), set)).toEqual(expected);
        }
        expect(numbersOfIds(Float64Array.from(ids), new Set())).toEqual([]);
      }),
    );
  });
});
