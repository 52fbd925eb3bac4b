/** Turns bytes into bytes of another encoding. May return the bytes it was given. */
export type Recode = (bytes: Buffer) => Buffer;

const NOTHING = Buffer.alloc(0);

/** Turns a stream of bytes into another encoding, wherever it is cut into pieces. */
export class Recoder {
  private rest: Buffer = NOTHING;

  /**
   * @param endOfWhole how many of the bytes can be turned by themselves; the others wait for those that follow
   * @param recode takes any bytes, at the end of the stream also a half character
   */
  constructor(
    private readonly endOfWhole: (bytes: Buffer) => number,
    private readonly recode: Recode,
  ) {}

  /** What is known of the next piece, perhaps nothing yet. The piece may be used again afterwards, unless it comes back. */
  write(piece: Buffer): Buffer {
    const bytes = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const end = this.endOfWhole(bytes);
    this.rest = end === bytes.length ? NOTHING : Buffer.from(bytes.subarray(end));
    return this.recode(bytes.subarray(0, end));
  }

  /** What has waited for bytes that did not come. */
  end(): Buffer {
    const { rest } = this;
    this.rest = NOTHING;
    return this.recode(rest);
  }
}

/** All of a stream in the other encoding. */
export async function* recoded(content: AsyncIterable<Buffer>, recoder: Recoder): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    const known = recoder.write(piece);
    if (known.length > 0) yield known;
  }
  const last = recoder.end();
  if (last.length > 0) yield last;
}
