import { plainLines } from './bytes.js';
import { RecordReader } from './record-reader.js';

/** A reader that can also pass over records, which is much faster where nobody wants to know what is in them. */
export class RecordSkipper extends RecordReader {
  /**
   * Steps over records until the next one begins at `offset` of the file or behind it. The public fields mean nothing
   * until the next call of `next`. False: all bytes pushed so far are used up.
   */
  skipTo(offset: number): boolean {
    while (this.skipping || this.base + this.at < offset) {
      if (!this.skipping) this.skipPlainLines(offset - this.base);
      if ((this.skipping || this.base + this.at < offset) && !this.next()) return false;
    }
    return true;
  }

  /** Lines without a quote are not looked into. */
  private skipPlainLines(until: number): void {
    const { end, records, lines } = plainLines(this.bytes, this.at, until, this.isLast);
    this.at = end;
    this.record += records;
    this.nextLine += lines;
  }
}
