import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gathered } from '../../../src/shared/gathered.js';

describe('gathered bytes', () => {
  it('come out in the order in which they were added, however little room there was', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 100 }));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const gathered = new Gathered(8);
        for (const each of pieces)
          if (typeof each === 'string') gathered.addText(each);
          else gathered.add(each);
        expect(gathered.take()).toEqual(Buffer.concat(pieces.map((each) => Buffer.from(each as string))));
        expect(gathered.bytes).toBe(0);
      }),
    );
  });

  it('may be a part of other bytes', () => {
    const gathered = new Gathered(8);
    const from = Buffer.from('0123456789'.repeat(20));
    gathered.add(from, 3, 7);
    gathered.add(from, 10, 110);
    expect(gathered.take().toString()).toBe(`3456${'0123456789'.repeat(10)}`);
  });

  it.each([0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER])('have the digits of %d', (number) => {
    const gathered = new Gathered(8);
    gathered.addDigits(number);
    expect(gathered.take().toString()).toBe(String(number));
  });

  it('have digits of a width', () => {
    const gathered = new Gathered(8);
    for (const [number, width] of [
      [7, 2],
      [12, 2],
      [123, 2],
      [5, 4],
      [0, 2],
    ] as const) {
      gathered.addDigits(number, width);
      gathered.addText(' ');
    }
    expect(gathered.take().toString()).toBe('07 12 123 0005 00 ');
  });

  it('that were taken stay as they are when others are added', () => {
    const gathered = new Gathered(8);
    gathered.addText('first');
    const taken = gathered.take();
    gathered.addText('other');
    expect(taken.toString()).toBe('first');
  });
});
