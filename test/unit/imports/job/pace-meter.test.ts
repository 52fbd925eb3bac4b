import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PaceMeter, PaceMeters } from '../../../../src/imports/job/pace-meter.js';

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

describe('the paces of a process', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** Marks of one import, each 500 ms after the one before: its revision, and how far it is. */
  const marked = (...marks: [revision: number, records: number][]) => {
    const paces = new PaceMeters();
    return marks.map(([revision, records]) => {
      vi.advanceTimersByTime(500);
      return paces.mark('an-import', revision, records, records * 10)?.recordsPerSecond ?? null;
    });
  };

  it('go on from one segment of an import to the next, and over those that run side by side', () => {
    expect(marked([1, 0], [1, 100], [1, 200], [1, 300])).toEqual([null, 200, 200, 200]);
  });

  it('begin anew where the import stood still meanwhile', () => {
    expect(marked([1, 0], [1, 1_000], [3, 1_000], [3, 1_100])).toEqual([null, 2_000, null, 200]);
  });

  it('are not told by a slot that runs on where the import was stopped', () => {
    expect(marked([1, 0], [3, 0], [1, 900], [3, 100])).toEqual([null, null, null, 100]);
  });

  it('are not told by a slot that looked earlier and comes later', () => {
    expect(marked([1, 0], [1, 100], [1, 50], [1, 200])).toEqual([null, 200, null, 133.33333333333334]);
  });

  it('are no burst of two chunks in a row', () => {
    const pace = new PaceMeter();
    pace.mark(0, 0);
    vi.advanceTimersByTime(10);
    expect(pace.mark(1_000, 1_000)).toBeNull();
    vi.advanceTimersByTime(9_980);
    expect(pace.mark(2_000, 2_000)).not.toBeNull();
    vi.advanceTimersByTime(10);
    expect(pace.mark(4_000, 4_000)!.recordsPerSecond).toBeLessThan(500);
  });

  it('are asked for four times a second by one of those who run the import', () => {
    const paces = new PaceMeters();
    expect(paces.isDue('an-import')).toBe(true);
    paces.mark('an-import', 1, 0, 0);
    expect(paces.isDue('an-import')).toBe(false);
    vi.advanceTimersByTime(250);
    expect([paces.isDue('an-import'), paces.isDue('an-import')]).toEqual([true, false]);
  });
});
