import type { Pace } from '../events.js';

/** What is longer ago says nothing of the pace, milliseconds. */
const WINDOW_MS = 5_000;
/** Over less time a single chunk would make the pace, milliseconds. */
const LEAST_MS = 200;
/** Of an import of which nothing was marked for so long nothing is kept, milliseconds. */
const KEEP_MS = 60_000;
/** Least time between two marks of an import, but for that of its end, milliseconds. */
const MARK_MS = 250;

/** Measures how fast an import goes, over the last seconds, by a clock that never jumps. */
export class PaceMeter {
  private readonly marks: { at: number; records: number; bytes: number }[] = [];

  /** When the last mark was made, by `performance.now()`. */
  get markedAt(): number {
    return this.marks.at(-1)?.at ?? -Infinity;
  }

  /** Notes how far the import has come, and tells its pace; null until there is something to compare with. */
  mark(records: number, bytes: number): Pace | null {
    const at = performance.now();
    // Another slot looked later, and was first to tell.
    if (bytes < (this.marks.at(-1)?.bytes ?? 0)) return null;
    this.marks.push({ at, records, bytes });
    // The first mark is the last one before the window, so that two chunks in a row behind a slow one are no pace.
    while (this.marks.length > 2 && this.marks[1]!.at <= at - WINDOW_MS) this.marks.shift();
    const first = this.marks[0]!;
    const seconds = (at - first.at) / 1000;
    if (at - first.at < LEAST_MS) return null;
    return { recordsPerSecond: (records - first.records) / seconds, bytesPerSecond: (bytes - first.bytes) / seconds };
  }
}

/**
 * The paces of the imports that run in this process. An import has one meter, however many of its segments run here
 * and one after the other; the marks are those of the whole import, so every process that runs a part of it comes to
 * the same pace.
 */
export class PaceMeters {
  private readonly meters = new Map<string, { revision: number; meter: PaceMeter; askedAt: number }>();

  /** Whether it is time to say how far the import is. Who is told so does it; everybody else has time. */
  isDue(importId: string): boolean {
    const known = this.meters.get(importId);
    if (known && performance.now() - known.askedAt < MARK_MS) return false;
    if (known) known.askedAt = performance.now();
    return true;
  }

  /**
   * Notes how far the import has come, and tells its pace or null. With another revision the import stood still
   * meanwhile: it was paused, or failed, or begins anew.
   */
  mark(importId: string, revision: number, records: number, bytes: number): Pace | null {
    const known = this.meters.get(importId);
    if (known && known.revision > revision) return null;
    if (known?.revision === revision) return known.meter.mark(records, bytes);
    this.forgetOld();
    const meter = new PaceMeter();
    this.meters.set(importId, { revision, meter, askedAt: performance.now() });
    return meter.mark(records, bytes);
  }

  /** To be called when an import ended. One that another process ended is forgotten by itself. */
  forget(importId: string): void {
    this.meters.delete(importId);
  }

  private forgetOld(): void {
    const before = performance.now() - KEEP_MS;
    for (const [importId, { meter }] of this.meters) if (meter.markedAt < before) this.meters.delete(importId);
  }
}
