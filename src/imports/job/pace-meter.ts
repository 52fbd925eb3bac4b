import type { Pace } from '../events.js';

const WINDOW_MS = 5_000;

/** Measures how fast an import goes, over the last seconds, by a clock that never jumps. */
export class PaceMeter {
  private readonly marks: { at: number; records: number; bytes: number }[] = [];

  /** Notes how far the import has come, and tells its pace; null until there is something to compare with. */
  mark(records: number, bytes: number): Pace | null {
    const at = performance.now();
    this.marks.push({ at, records, bytes });
    while (this.marks.length > 2 && this.marks[0]!.at < at - WINDOW_MS) this.marks.shift();
    const first = this.marks[0]!;
    const seconds = (at - first.at) / 1000;
    if (seconds <= 0) return null;
    return { recordsPerSecond: (records - first.records) / seconds, bytesPerSecond: (bytes - first.bytes) / seconds };
  }
}
