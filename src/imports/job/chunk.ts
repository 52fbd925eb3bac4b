import { codesOf, OrderBatch, type IntakeOptions, type StoredBatch } from '../../orders/index.js';
import { CopyRows, textArray, uuid } from '../../shared/copy-rows.js';
import type { Position, RecordReader } from '../csv/record-reader.js';
import type { RejectOutcome } from '../reject.entity.js';
import type { Totals } from '../segment.entity.js';

/** Bytes of the file after which a chunk ends, however few records it has. */
const CHUNK_BYTES = 16 * 1024 * 1024;

interface MalformedRecord {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly record: number;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
}

/** The records that are committed in one transaction: orders ready to be stored, and records that cannot be any. */
export class Chunk {
  readonly orders: OrderBatch;
  readonly malformed: MalformedRecord[] = [];
  /** Place behind the chunk's last record. */
  end: Position;

  private readonly offsets: number[] = [];
  private readonly lengths: number[] = [];

  constructor(
    private readonly intake: IntakeOptions,
    private readonly columnCount: number,
    private readonly begin: Position,
  ) {
    this.orders = new OrderBatch(intake);
    this.end = begin;
  }

  get recordCount(): number {
    return this.orders.count + this.malformed.length;
  }

  /** Takes records that begin before `toByte` until there are none or the chunk is full. Returns whether it is full. */
  fill(reader: RecordReader, maxRecords: number, toByte = Number.POSITIVE_INFINITY): boolean {
    while (reader.nextOffset < toByte && reader.next()) {
      this.take(reader);
      if (this.recordCount >= maxRecords || reader.offset - this.begin.offset >= CHUNK_BYTES) {
        this.end = reader.position;
        return true;
      }
    }
    return false;
  }

  private take(reader: RecordReader): void {
    const malformation =
      reader.fault ??
      (reader.fieldCount === this.columnCount
        ? this.orders.take(reader, reader.record, reader.line)
        : {
            code: 'columns.wrong-number',
            params: { found: reader.fieldCount, expected: this.columnCount },
          });
    const { record, line, offset, length } = reader;
    if (malformation) {
      this.malformed.push({ ...malformation, record, line, offset, length });
      return;
    }
    this.offsets.push(offset);
    this.lengths.push(length);
  }

  /** The rejects of the chunk as rows for COPY, in the order of REJECT_COPY_COLUMNS. */
  rejects(isDuplicate: Uint8Array): CopyRows {
    const rows = new CopyRows(1 << 18);
    const importId = uuid(this.intake.importId);
    this.orders.broken.forEach((broken, index) => {
      if (isDuplicate[index] === 0 && broken === 0) return;
      const outcome = isDuplicate[index] ? 'duplicate' : 'invalid';
      head(rows, importId, this.orders.records[index]!, this.orders.lines[index]!, outcome);
      rows.value(reasonsOf(isDuplicate[index] ? 0 : broken));
      rows.null();
      rows.int8(this.orders.ids[index]!);
      rows.int8(this.offsets[index]!);
      rows.int8(this.lengths[index]!);
    });
    for (const { code, params, record, line, offset, length } of this.malformed) {
      head(rows, importId, record, line, 'malformed');
      rows.value(textArray([code]));
      rows.jsonb(params);
      rows.null();
      rows.int8(offset);
      rows.int8(length);
    }
    return rows;
  }

  /**
   * The totals with what became of this chunk's records added. An order that was displaced becomes a duplicate here,
   * wherever it was counted before.
   */
  addTo(totals: Totals, { isDuplicate, displaced }: StoredBatch): Totals {
    let valid = 0;
    let duplicate = 0;
    const brokenCounts = new Map<number, number>();
    this.orders.broken.forEach((broken, index) => {
      if (isDuplicate[index]) duplicate += 1;
      else if (broken === 0) valid += 1;
      else brokenCounts.set(broken, (brokenCounts.get(broken) ?? 0) + 1);
    });
    const violations: Record<string, number> = { ...totals.violations };
    for (const [broken, count] of brokenCounts) for (const code of codesOf(broken)) add(violations, code, count);
    for (const { violations: lost } of displaced) for (const code of lost) add(violations, code, -1);
    const invalidDisplaced = displaced.filter(({ valid: wasValid }) => !wasValid).length;
    const malformations: Record<string, number> = { ...totals.malformations };
    for (const { code } of this.malformed) add(malformations, code, 1);
    return {
      valid: totals.valid + valid - (displaced.length - invalidDisplaced),
      invalid: totals.invalid + this.orders.count - valid - duplicate - invalidDisplaced,
      duplicate: totals.duplicate + duplicate + displaced.length,
      malformed: totals.malformed + this.malformed.length,
      violations,
      malformations,
    };
  }
}

/** Columns that a chunk's rejects hold, for COPY. */
export const REJECT_COPY_COLUMNS =
  '(import_id, record, line, outcome, reasons, params, order_id, byte_offset, byte_length)';

function head(rows: CopyRows, importId: Buffer, record: number, line: number, outcome: RejectOutcome): void {
  rows.row(9);
  rows.value(importId);
  rows.int8(record);
  rows.int8(line);
  rows.text(outcome);
}

const REASONS = new Map<number, Buffer>();
const reasonsOf = (broken: number): Buffer => {
  let reasons = REASONS.get(broken);
  if (!reasons) REASONS.set(broken, (reasons = textArray(codesOf(broken))));
  return reasons;
};

function add(counts: Record<string, number>, code: string, count: number): void {
  counts[code] = (counts[code] ?? 0) + count;
}
