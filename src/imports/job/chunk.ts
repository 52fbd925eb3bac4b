import { codesOf, ORDER_COLUMNS, OrderBatch, RULES, type IntakeOptions, type StoredBatch } from '../../orders/index.js';
import { CopyRows, textArray, uuid } from '../../shared/copy-rows.js';
import type { Position, RecordReader } from '../csv/record-reader.js';
import type { RejectOutcome } from '../reject.entity.js';
import type { Totals } from '../segment.entity.js';

/** Bytes of the file after which a chunk ends, however few records it has. */
const CHUNK_BYTES = 16 * 1024 * 1024;

/** Where so many records at the begin of a file are all malformed, the file is taken for something else. */
export const FIRST_RECORDS = 1000;

interface MalformedRecord {
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly record: number;
  readonly line: number;
  readonly offset: number;
}

/** The records that are committed in one transaction: orders ready to be stored, and records that cannot be any. */
export class Chunk {
  readonly orders: OrderBatch;
  malformed: MalformedRecord[] = [];
  /** Place behind the chunk's last record. */
  end: Position;

  private rejectRows: CopyRows | undefined;
  /** Of each order where its record stands in the file, bytes. */
  private readonly offsets: Float64Array;

  /** @param mostRecords that it holds; see `fill` */
  constructor(
    private intake: IntakeOptions,
    private columnCount: number,
    private begin: Position,
    private readonly mostRecords: number,
  ) {
    this.orders = new OrderBatch(intake, mostRecords);
    this.offsets = new Float64Array(mostRecords);
    this.end = begin;
  }

  get recordCount(): number {
    return this.orders.count + this.malformed.length;
  }

  /** Whether it ends with the last of the file's FIRST_RECORDS and holds no order. */
  get endsFirstRecordsWithoutOrder(): boolean {
    return this.end.record === FIRST_RECORDS && this.orders.count === 0 && this.malformed.length > 0;
  }

  /** Makes it empty again, for a segment of another file. Whoever still reads from it must have ended. */
  beginAnew(intake: IntakeOptions, columnCount: number, begin: Position): void {
    this.intake = intake;
    this.columnCount = columnCount;
    this.begin = begin;
    this.end = begin;
    this.malformed = [];
    this.orders.beginAnew(intake);
  }

  /** Makes it empty again, to go on behind another one. Whoever still reads from it must have ended. */
  goOnBehind(before: Chunk): void {
    this.begin = before.end;
    this.end = before.end;
    this.malformed = [];
    this.orders.clear(before.orders.destination);
  }

  /**
   * Takes records that begin before `toByte` until there are none or the chunk is full. Returns whether it is full. It
   * is, too, where it may be the last one of a file without orders: see `endsFirstRecordsWithoutOrder`.
   */
  fill(reader: RecordReader, toByte = Number.POSITIVE_INFINITY): boolean {
    while (reader.nextOffset < toByte && reader.next()) {
      this.take(reader);
      if (
        this.recordCount >= this.mostRecords ||
        reader.offset - this.begin.offset >= CHUNK_BYTES ||
        (reader.record === FIRST_RECORDS && this.orders.count === 0)
      ) {
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
    const { record, line, offset } = reader;
    if (malformation) {
      const { code } = malformation;
      this.malformed.push({ code, params: this.named(malformation.params), record, line, offset });
      return;
    }
    this.offsets[this.orders.count - 1] = offset;
  }

  /** With the name of the column to blame, where it is one of an order's. */
  private named(params: MalformedRecord['params']): MalformedRecord['params'] {
    const { columns } = this.intake;
    const field = ORDER_COLUMNS.find((name) => columns[name] + 1 === params.column);
    return field === undefined ? params : { ...params, field };
  }

  /**
   * The rejects of the chunk that are not stored as orders, as rows for COPY, in the order of REJECT_COPY_COLUMNS, until
   * they are asked for again.
   *
   * @param areInvalidStored whether an invalid record is stored as an order, if it is no duplicate
   */
  rejects(isDuplicate: Uint8Array, areInvalidStored: boolean): CopyRows {
    const rows = (this.rejectRows ??= new CopyRows(1 << 20));
    rows.clear();
    const importId = uuid(this.intake.importId);
    const { ids, broken, records, lines } = this.orders;
    for (let index = 0; index < broken.length; index++) {
      if (isDuplicate[index] === 0 && (areInvalidStored || broken[index] === 0)) continue;
      head(rows, importId, records[index]!, lines[index]!, isDuplicate[index] ? 'duplicate' : 'invalid');
      rows.value(reasonsOf(isDuplicate[index] ? 0 : broken[index]!));
      rows.null();
      rows.int8(ids[index]!);
      rows.int8(this.offsets[index]!);
    }
    for (const { code, params, record, line, offset } of this.malformed) {
      head(rows, importId, record, line, 'malformed');
      rows.value(textArray([code]));
      rows.jsonb(params);
      rows.null();
      rows.int8(offset);
    }
    return rows;
  }

  /**
   * The totals with what became of this chunk's records added. An order that was displaced becomes a duplicate here,
   * wherever it was counted before.
   */
  addTo(totals: Totals, { isDuplicate, displaced }: StoredBatch): Totals {
    let duplicate = 0;
    const brokenCounts = new Uint32Array(1 << RULES.length);
    const { broken } = this.orders;
    for (let index = 0; index < broken.length; index++) {
      if (isDuplicate[index]) duplicate += 1;
      else brokenCounts[broken[index]!]! += 1;
    }
    const valid = brokenCounts[0]!;
    const violations: Record<string, number> = { ...totals.violations };
    brokenCounts.forEach((count, bits) => {
      if (count > 0) for (const code of codesOf(bits)) add(violations, code, count);
    });
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
export const REJECT_COPY_COLUMNS = '(import_id, record, line, outcome, reasons, params, order_id, byte_offset)';

const OUTCOMES = {
  invalid: Buffer.from('invalid'),
  duplicate: Buffer.from('duplicate'),
  malformed: Buffer.from('malformed'),
} satisfies Record<RejectOutcome, Buffer>;

function head(rows: CopyRows, importId: Buffer, record: number, line: number, outcome: RejectOutcome): void {
  rows.row(8);
  rows.value(importId);
  rows.int8(record);
  rows.int8(line);
  rows.value(OUTCOMES[outcome]);
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
