import { StorageObjectGone, type Storage, type StoredObject } from '../../shared/storage/index.js';
import { DEFAULT_LIMITS } from '../csv/faults.js';
import { RecordReader, type Position } from '../csv/record-reader.js';
import type { Delimiter } from '../csv/dialect.js';

/** Bytes of a record that are kept as they stand in the file; a longer one is fetched again. */
const KEPT_BYTES = 2 * DEFAULT_LIMITS.recordBytes;
/** Longest piece that the storage gives. */
const MOST_OF_A_PIECE = 1024 * 1024;

/** Where the records of a stored file are found. */
export interface RecordSource {
  readonly object: StoredObject;
  readonly delimiter: Delimiter;
  /** Places between two records from which it can be read, in file order; the first is that of the first record. */
  readonly begins: readonly Position[];
}

/** Goes through a stored file forwards, from one wanted record to the next, and gives each as it stands there. */
export class SourceRecords {
  /** Describes the record that was gone to last. */
  reader: RecordReader | null = null;
  private pieces: AsyncIterator<Buffer> | null = null;
  private readonly room = Buffer.allocUnsafeSlow(KEPT_BYTES + MOST_OF_A_PIECE);
  /** The bytes from `keptFrom` of the file up to where it is read. */
  private kept = this.room.subarray(0, 0);
  private keptFrom = 0;

  constructor(
    private readonly storage: Storage,
    private readonly source: RecordSource,
  ) {}

  /**
   * The same as `goTo` where all bytes of the record are there already, without waiting, which hundreds of thousands of
   * records would; null where they are not.
   */
  find(record: number): RecordReader | null {
    const { reader } = this;
    if (!reader || this.isFar(record)) return null;
    while (reader.record < record) if (!reader.next()) return null;
    return reader;
  }

  /** @param record its number, which is higher than that of the one before */
  async goTo(record: number): Promise<RecordReader> {
    if (!this.reader || this.isFar(record)) await this.open(this.beginBefore(record));
    const reader = this.reader!;
    while (reader.record < record) if (!reader.next()) await this.readOn(reader);
    return reader;
  }

  /**
   * The bytes of that record without its line end, byte for byte, until the next one is gone to; null where there are too
   * many to be kept.
   */
  get bytes(): Buffer | null {
    const { offset, length } = this.reader!;
    const from = offset - this.keptFrom;
    return from >= 0 && from + length <= this.kept.length ? this.kept.subarray(from, from + length) : null;
  }

  /** The same from the storage, however many they are. */
  fetch(): AsyncIterable<Buffer> {
    const { offset, length } = this.reader!;
    return this.storage.read(this.source.object, offset, offset + length);
  }

  async close(): Promise<void> {
    await this.pieces?.return?.();
    this.pieces = null;
  }

  private beginBefore(record: number): Position {
    return this.source.begins.findLast((begin) => begin.record < record)!;
  }

  /** Whether to begin anew costs less than to go on reading. */
  private isFar(record: number): boolean {
    return this.beginBefore(record).offset > this.reader!.nextOffset + MOST_OF_A_PIECE;
  }

  private async open(begin: Position): Promise<void> {
    await this.close();
    const { object, delimiter } = this.source;
    this.reader = new RecordReader(delimiter, begin);
    this.pieces = this.storage.read(object, begin.offset, object.bytes)[Symbol.asyncIterator]();
    this.kept = this.room.subarray(0, 0);
    this.keptFrom = begin.offset;
  }

  private async readOn(reader: RecordReader): Promise<void> {
    const { object } = this.source;
    const { done, value: piece } = await this.pieces!.next();
    // The ledger knows a record that the file has not.
    if (done) throw new StorageObjectGone(object.key);
    const wanted = Math.max(reader.nextOffset, this.keptFrom);
    const left = this.kept.subarray(wanted - this.keptFrom);
    const isKept = left.length <= KEPT_BYTES;
    this.keptFrom = isKept ? wanted : this.keptFrom + this.kept.length;
    const keptBytes = isKept ? left.copy(this.room) : 0;
    this.kept = this.room.subarray(0, keptBytes + piece.copy(this.room, keptBytes));
    reader.push(piece, this.keptFrom + this.kept.length === object.bytes);
  }
}
