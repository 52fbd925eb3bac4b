import { describe, expect, it } from 'vitest';
import { IdsInFlight } from '../../../../src/orders/storing/ids-in-flight.js';

/** Whether a promise is resolved by now. */
const isClear = (clear: Promise<unknown>): Promise<boolean> =>
  Promise.race([clear.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);

describe('batches that are stored at the same time', () => {
  it('have nothing to wait for where they share no id', async () => {
    const inFlight = new IdsInFlight();
    inFlight.enter(Float64Array.of(1, 3, 5));
    const { contested, clear } = inFlight.enter(Float64Array.of(2, 4, 6));
    expect(contested).toEqual(new Set());
    expect(await isClear(clear)).toBe(true);
  });

  it('learn which ids earlier ones have, and when all of these have ended', async () => {
    const inFlight = new IdsInFlight();
    const first = inFlight.enter(Float64Array.of(1, 2, 3));
    const second = inFlight.enter(Float64Array.of(7, 8, 9));
    const third = inFlight.enter(Float64Array.of(3, 5, 7, 2 ** 53 - 1));
    expect(third.contested).toEqual(new Set([3, 7]));
    first.leave();
    expect(await isClear(third.clear)).toBe(false);
    second.leave();
    expect(await isClear(third.clear)).toBe(true);
  });

  it('never wait for later ones', async () => {
    const inFlight = new IdsInFlight();
    const first = inFlight.enter(Float64Array.of(1));
    expect(inFlight.enter(Float64Array.of(1)).contested.size).toBe(1);
    expect(first.contested.size).toBe(0);
    expect(await isClear(first.clear)).toBe(true);
  });

  it('are forgotten when they have ended', () => {
    const inFlight = new IdsInFlight();
    inFlight.enter(Float64Array.of(1)).leave();
    expect(inFlight.enter(Float64Array.of(1)).contested.size).toBe(0);
  });
});
