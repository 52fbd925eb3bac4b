/** What reading a chunk goes into: waiting for bytes, and parsing and judging records. */
export type ReadPhase = 'read' | 'judge';

/** Adds up what the reading of one chunk after the other spends on each phase, by a clock that never jumps. */
export class PhaseClock {
  private readonly spent: Record<ReadPhase, number> = { read: 0, judge: 0 };
  private since = performance.now();

  /** @param tell takes the milliseconds of a phase, for each chunk */
  constructor(private readonly tell: (phase: ReadPhase, ms: number) => void) {}

  /** The time since the last call went into this phase. */
  lap(phase: ReadPhase): void {
    const now = performance.now();
    this.spent[phase] += now - this.since;
    this.since = now;
  }

  /** The chunk is ready. */
  chunkIsRead(): void {
    for (const phase of ['read', 'judge'] as const) {
      this.tell(phase, this.spent[phase]);
      this.spent[phase] = 0;
    }
  }

  /** The time since the last call belongs to no phase. */
  skip(): void {
    this.since = performance.now();
  }
}
