import { describe, expect, it } from 'vitest';
import { retryAfter } from '../../../src/imports/import-answer.js';
import type { Import } from '../../../src/imports/import.dto.js';

const of = (etaSeconds: number | null, more: Partial<Pick<Import, 'state' | 'waiting'>> = {}) =>
  retryAfter({ state: 'running', waiting: null, progress: { etaSeconds } as Import['progress'], ...more });

describe('when to ask for an import again', () => {
  it('is when it will be over, in 1 to 30 seconds', () => {
    expect([0, 1, 12, 30, 5_000].map((seconds) => of(seconds))).toEqual([1, 1, 12, 30, 30]);
  });

  it('is soon where nobody knows how long it takes', () => {
    expect([of(null), of(null, { state: 'queued' })]).toEqual([2, 2]);
  });

  it('is late where somebody has to do something first', () => {
    expect([of(null, { state: 'paused' }), of(5, { waiting: { code: 'storage.full', message: '' } })]).toEqual([
      30, 30,
    ]);
  });
});
