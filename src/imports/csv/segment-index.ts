import type { RecordReader, Position } from './record-reader.js';
import { RecordSkipper } from './record-skipper.js';

/** A place between two records at which a file can be cut, with what must be known of the record before it. */
export type Cut<Mark> = Position & { readonly mark: Mark | null };

/** Bytes before a cut in which records are read whole, to find the mark of the last one that is well formed. */
const WINDOW_BYTES = 16 * 1024;

/**
 * Finds, while a file passes, where it can be cut into parts that are read by themselves: always between two records,
 * also where quoted fields hold line ends, each with the number of its record and line.
 */
export class SegmentIndex<Mark> {
  /** Begins of all segments in file order; the first is the begin of the records. */
  readonly cuts: Cut<Mark>[];
  private readonly reader: RecordSkipper;
  private passed = 0;
  private cutAt: number;
  private mark: Mark | null = null;

  /**
   * @param segmentBytes least length of a segment
   * @param markOf what must be known of a record where the file is cut behind it; null where it is not well formed
   */
  constructor(
    delimiter: ConstructorParameters<typeof RecordReader>[0],
    private readonly begin: Position,
    private readonly segmentBytes: number,
    private readonly markOf: (reader: RecordReader) => Mark | null,
  ) {
    this.reader = new RecordSkipper(delimiter, begin);
    this.cuts = [{ ...begin, mark: null }];
    this.cutAt = begin.offset + segmentBytes;
  }

  /** Takes the next bytes of the file, its header included. */
  pass(piece: Buffer): void {
    const skipped = Math.min(Math.max(this.begin.offset - this.passed, 0), piece.length);
    this.passed += piece.length;
    if (skipped === piece.length) return;
    this.reader.push(piece.subarray(skipped), false);
    this.read();
  }

  /** All bytes have passed. A last segment that is hardly one is joined to the one before. */
  end(): void {
    const last = this.cuts.at(-1)!;
    if (this.cuts.length > 1 && this.passed - last.offset < this.segmentBytes / 8) this.cuts.pop();
  }

  private read(): void {
    const { reader } = this;
    while (reader.skipTo(this.cutAt - WINDOW_BYTES) && reader.next()) {
      this.mark = this.markOf(reader) ?? this.mark;
      const { position } = reader;
      if (position.offset < this.cutAt || this.mark === null) continue;
      this.cuts.push({ ...position, mark: this.mark });
      this.cutAt = position.offset + this.segmentBytes;
      this.mark = null;
    }
  }
}
