import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PaceMeter } from '../../../../src/imports/job/pace-meter.js';

describe('the pace of an import', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is unknown until there is something to compare with', () => {
    const pace = new PaceMeter();
    expect(pace.mark(0, 0)).toBeNull();
    expect(pace.mark(10, 100)).toBeNull();
  });

  it('is what was done since the first mark', () => {
    const pace = new PaceMeter();
    pace.mark(100, 1000);
    vi.advanceTimersByTime(500);
    expect(pace.mark(200, 8000)).toEqual({ recordsPerSecond: 200, bytesPerSecond: 14_000 });
  });

  it('forgets what is longer ago than its window', () => {
    const pace = new PaceMeter();
    pace.mark(0, 0);
    vi.advanceTimersByTime(1_000);
    pace.mark(1_000_000, 9_000_000);
    vi.advanceTimersByTime(5_000);
    expect(pace.mark(1_000_050, 9_000_500)).toEqual({ recordsPerSecond: 10, bytesPerSecond: 100 });
  });

  it('is known also where marks are further apart than the window', () => {
    const pace = new PaceMeter();
    pace.mark(0, 0);
    vi.advanceTimersByTime(60_000);
    expect(pace.mark(60, 600)).toEqual({ recordsPerSecond: 1, bytesPerSecond: 10 });
    vi.advanceTimersByTime(60_000);
    expect(pace.mark(180, 1200)).toEqual({ recordsPerSecond: 2, bytesPerSecond: 10 });
  });
});
