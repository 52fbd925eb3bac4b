/** Bytes before the first row of a binary COPY without extensions (PostgreSQL documentation, COPY, "Binary Format"). */
const HEADER_BYTES = 19;

/**
 * Goes through rows in PostgreSQL's binary COPY format as they came from the server: row after row, and in each value
 * after value in the order of the columns. A row of which only a part came is left out. Nothing is allocated for a row
 * or a value: an export has millions of them. The other way is `CopyRows`.
 */
export class BinaryRows {
  /** Whole rows, at most as many as wanted. */
  readonly count: number;
  /** Whether there are more of them than that. */
  readonly isMore: boolean;
  /** Where the present value begins and ends among `bytes`. */
  start = 0;
  end = HEADER_BYTES;
  private readonly view: DataView;
  private readonly endOfRows: number;
  private readonly lastRow: number;

  /** @param most rows that are wanted */
  constructor(
    readonly bytes: Buffer,
    most = Infinity,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let [count, last, end] = [0, HEADER_BYTES, HEADER_BYTES];
    let next = this.behindRow(end);
    for (; next > 0 && count < most; next = this.behindRow(end)) {
      count += 1;
      last = end;
      end = next;
    }
    [this.count, this.isMore, this.lastRow, this.endOfRows] = [count, next > 0, last, end];
  }

  /** The first value of the last row, an int8. There must be a row. */
  get lastKey(): number {
    return this.int8At(this.lastRow + 6);
  }

  /** Goes before the first value of the next row; all of the row before must have been gone through. False at the end. */
  nextRow(): boolean {
    if (this.end >= this.endOfRows) return false;
    this.end += 2;
    return true;
  }

  /** Goes to the next value of the row. False where it is NULL. */
  nextValue(): boolean {
    const length = this.view.getInt32(this.end);
    this.start = this.end + 4;
    this.end = this.start + Math.max(length, 0);
    return length >= 0;
  }

  /** The value as an int4, or a date as the days from 2000-01-01. */
  get int4(): number {
    return this.view.getInt32(this.start);
  }

  /** The value as a bigint of at most 2^53-1. */
  get int8(): number {
    return this.int8At(this.start);
  }

  get boolean(): boolean {
    return this.bytes[this.start] === 1;
  }

  get text(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }

  /** Goes into an array of one dimension without NULLs: its items are the next values. Returns how many there are. */
  enterArray(): number {
    const { start, view } = this;
    if (view.getInt32(start) === 0) return 0;
    this.end = start + 20;
    return view.getInt32(start + 12);
  }

  private int8At(start: number): number {
    return this.view.getInt32(start) * 0x1_0000_0000 + this.view.getUint32(start + 4);
  }

  /** Where the row ends that begins there; 0 where it is not whole, or the end of the COPY. */
  private behindRow(start: number): number {
    const { view } = this;
    const { byteLength } = view;
    if (start + 2 > byteLength) return 0;
    let at = start + 2;
    let fields = view.getInt16(start);
    if (fields < 0) return 0;
    for (; fields > 0; fields--) {
      if (at + 4 > byteLength) return 0;
      at += 4 + Math.max(view.getInt32(at), 0);
    }
    return at <= byteLength ? at : 0;
  }
}
