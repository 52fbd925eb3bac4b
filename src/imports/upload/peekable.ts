/** A stream whose first bytes can be looked at before it is read. */
export class Peekable implements AsyncIterableIterator<Buffer> {
  private readonly held: Buffer[] = [];

  constructor(private readonly source: AsyncIterator<Buffer>) {}

  /** The first bytes: at least so many, or all that there are. To be asked before the first piece is. */
  async peek(bytes: number): Promise<Buffer> {
    let heldBytes = this.held.reduce((sum, { length }) => sum + length, 0);
    while (heldBytes < bytes) {
      const { done, value } = await this.source.next();
      if (done) break;
      this.held.push(value);
      heldBytes += value.length;
    }
    if (this.held.length > 1) this.held.splice(0, Infinity, Buffer.concat(this.held));
    return this.held[0] ?? Buffer.alloc(0);
  }

  /** Not async: a big file has many pieces, and each is handed on as it comes. */
  next(): Promise<IteratorResult<Buffer>> {
    const value = this.held.shift();
    return value ? Promise.resolve({ done: false, value }) : this.source.next();
  }

  async return(): Promise<IteratorResult<Buffer>> {
    await this.source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
