/** Begin and end of a binary COPY (PostgreSQL documentation, COPY, "Binary Format"). */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER = Buffer.from([0xff, 0xff]);
const NULL = -1;

/**
 * Rows in PostgreSQL's binary COPY format, written one value after the other. Values go to the server as they are, so
 * nothing that a client sent can be taken for anything but data.
 */
export class CopyRows {
  private bytes: Buffer;
  /** The same bytes: writes a number at once, highest byte first. */
  private view: DataView;
  private end = 0;
  private starts: Uint32Array;
  private rows = 0;

  constructor(initialBytes = 1 << 20) {
    this.bytes = Buffer.allocUnsafe(initialBytes);
    this.view = viewOf(this.bytes);
    this.starts = new Uint32Array(1024);
  }

  get count(): number {
    return this.rows;
  }

  /** Takes all rows away; the room that they had is used again. */
  clear(): void {
    this.end = 0;
    this.rows = 0;
  }

  /** Begins the next row. `fields` values must follow. */
  row(fields: number): void {
    this.note(this.end);
    this.reserve(2);
    this.view.setInt16(this.end, fields);
    this.end += 2;
  }

  null(): void {
    this.reserve(4);
    this.view.setInt32(this.end, NULL);
    this.end += 4;
  }

  int4(value: number): void {
    this.reserve(8);
    this.view.setInt32(this.end, 4);
    this.view.setInt32(this.end + 4, value);
    this.end += 8;
  }

  /** A bigint column; the value is at most 2^53-1. */
  int8(value: number): void {
    this.reserve(12);
    this.view.setInt32(this.end, 8);
    this.writeInt8(value, this.end + 4);
    this.end += 12;
  }

  boolean(value: boolean): void {
    this.reserve(5);
    this.view.setInt32(this.end, 1);
    this.view.setUint8(this.end + 4, value ? 1 : 0);
    this.end += 5;
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.reserve(4 + length);
    this.view.setInt32(this.end, length);
    this.end += 4 + this.bytes.write(value, this.end + 4);
  }

  /** Text, or another value already in its binary form, from a range of bytes. */
  range(from: Uint8Array, start: number, end: number): void {
    this.reserve(4 + end - start);
    this.view.setInt32(this.end, end - start);
    this.end += 4;
    this.copy(from, start, end);
  }

  /** A value already in its binary form. */
  value(binary: Buffer): void {
    this.range(binary, 0, binary.length);
  }

  /** One or several values as they go to the server, each behind its length. */
  encoded(values: Uint8Array): void {
    this.reserve(values.length);
    this.copy(values, 0, values.length);
  }

  jsonb(value: unknown): void {
    const json = JSON.stringify(value);
    const length = 1 + Buffer.byteLength(json);
    this.reserve(4 + length);
    this.view.setInt32(this.end, length);
    this.view.setUint8(this.end + 4, 1);
    this.end += 5 + this.bytes.write(json, this.end + 5);
  }

  /** The whole COPY as pieces. */
  *pieces(): Generator<Buffer> {
    yield HEADER;
    if (this.end > 0) yield this.bytes.subarray(0, this.end);
    yield TRAILER;
  }

  /** The rows with the given numbers, in that order, as rows of their own; in `rows`, whose own are taken away. */
  picked(numbers: Uint32Array, rows = new CopyRows(this.end)): CopyRows {
    rows.clear();
    for (let at = 0; at < numbers.length;) {
      // Rows that follow each other are copied at once.
      let to = at + 1;
      while (to < numbers.length && numbers[to] === numbers[to - 1]! + 1) to += 1;
      rows.take(this, numbers[at]!, to - at);
      at = to;
    }
    return rows;
  }

  /**
   * The rows with the given numbers, whose first value is an int8: that value replaced by a new one, and put behind the
   * row's last value.
   */
  renumbered(numbers: Uint32Array, firsts: readonly number[]): CopyRows {
    const rows = new CopyRows(this.end);
    numbers.forEach((number, index) => {
      const begin = rows.end;
      rows.take(this, number, 1);
      const original = rows.view.getInt32(begin + 6) * 0x1_0000_0000 + rows.view.getUint32(begin + 10);
      rows.view.setInt16(begin, rows.view.getInt16(begin) + 1);
      rows.int8(original);
      rows.writeInt8(firsts[index]!, begin + 6);
    });
    return rows;
  }

  private take(from: CopyRows, number: number, count: number): void {
    const start = from.starts[number]!;
    const end = number + count < from.rows ? from.starts[number + count]! : from.end;
    this.reserve(end - start);
    for (let row = number; row < number + count; row++) this.note(this.end + from.starts[row]! - start);
    this.end += from.bytes.copy(this.bytes, this.end, start, end);
  }

  private copy(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let at = this.end;
    // Below some dozens of bytes a loop is cheaper than the call.
    if (end - start < 64) for (let i = start; i < end; i++) bytes[at++] = from[i]!;
    else {
      bytes.set(from.subarray(start, end), at);
      at += end - start;
    }
    this.end = at;
  }

  private writeInt8(value: number, at: number): void {
    this.view.setInt32(at, Math.floor(value / 0x1_0000_0000));
    this.view.setInt32(at + 4, value | 0);
  }

  private note(start: number): void {
    if (this.rows === this.starts.length) {
      const more = new Uint32Array(this.rows * 2);
      more.set(this.starts);
      this.starts = more;
    }
    this.starts[this.rows++] = start;
  }

  private reserve(length: number): void {
    if (this.end + length <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.end + length));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView => new DataView(buffer, byteOffset, byteLength);

/** Values as they stand in a row, each behind its length. */
export function encodedValues(...values: readonly Buffer[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(value.length);
      return [length, value];
    }),
  );
}

/** The binary form of a text array column. */
export function textArray(values: readonly string[]): Buffer {
  const TEXT_OID = 25;
  const isEmpty = values.length === 0;
  const head = Buffer.alloc(isEmpty ? 12 : 20);
  head.writeInt32BE(isEmpty ? 0 : 1, 0);
  head.writeInt32BE(TEXT_OID, 8);
  if (isEmpty) return head;
  head.writeInt32BE(values.length, 12);
  head.writeInt32BE(1, 16);
  const items = values.flatMap((value) => {
    const text = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeInt32BE(text.length);
    return [length, text];
  });
  return Buffer.concat([head, ...items]);
}

/** The binary form of a uuid column. */
export const uuid = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');
