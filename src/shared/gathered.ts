const ZERO = 0x30;
/** Below so many bytes a loop is cheaper than a call. */
const SHORT = 48;

/** Bytes that come in small pieces and are handed on as large ones. Its room is used again and again. */
export class Gathered {
  /** How many there are. */
  bytes = 0;
  private room: Buffer;

  /** @param roomBytes how much there is room for; it grows where that is not enough */
  constructor(roomBytes: number) {
    this.room = Buffer.allocUnsafeSlow(roomBytes);
  }

  /** Adds the bytes from `start` to `end`. */
  add(from: Uint8Array, start = 0, end = from.length): void {
    this.reserve(end - start);
    const { room } = this;
    let at = this.bytes;
    if (end - start < SHORT) for (let index = start; index < end; index++) room[at++] = from[index]!;
    else {
      room.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
      at += end - start;
    }
    this.bytes = at;
  }

  addByte(byte: number): void {
    this.reserve(1);
    this.room[this.bytes++] = byte;
  }

  /** Adds a text as UTF-8. */
  addText(text: string): void {
    // No code unit has more bytes; to count them exactly takes as long as to write them.
    this.reserve(3 * text.length);
    this.bytes += this.room.write(text, this.bytes);
  }

  /** Adds a whole number that is not negative as decimal digits, zeros in front up to a width. */
  addDigits(value: number, width = 1): void {
    if (value > 0x7fff_ffff) return this.addText(String(value));
    let digits = width;
    for (let limit = 10 ** width; value >= limit; limit *= 10) digits += 1;
    this.reserve(digits);
    const end = this.bytes + digits;
    for (let at = end - 1, rest = value; at >= this.bytes; at--, rest = (rest / 10) | 0)
      this.room[at] = ZERO + (rest % 10);
    this.bytes = end;
  }

  /** All of them, until something is added or taken away. */
  get all(): Buffer {
    return this.room.subarray(0, this.bytes);
  }

  /** A copy of all of them; then there are none. */
  take(): Buffer {
    const all = Buffer.from(this.all);
    this.bytes = 0;
    return all;
  }

  clear(): void {
    this.bytes = 0;
  }

  private reserve(more: number): void {
    if (this.bytes + more <= this.room.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.bytes + more));
    larger.set(this.all);
    this.room = larger;
  }
}
