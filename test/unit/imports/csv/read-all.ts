import type { Delimiter } from '../../../../src/imports/csv/dialect.js';
import type { Fault, Limits } from '../../../../src/imports/csv/faults.js';
import { RecordReader, type Position } from '../../../../src/imports/csv/record-reader.js';

/** Everything that a RecordReader tells of one record. */
export interface ReadRecord {
  readonly fields: string[];
  readonly record: number;
  readonly line: number;
  readonly offset: number;
  readonly length: number;
  readonly fault: Fault | null;
  /** Where reading stood behind it. */
  readonly position: Position;
}

export interface Reading {
  readonly delimiter?: Delimiter;
  readonly limits?: Limits;
  /** Place of the bytes in their file. */
  readonly from?: Position;
  /** Places at which the bytes are cut into pieces, in any order. */
  readonly cuts?: readonly number[];
}

export const BEGIN: Position = { offset: 0, record: 0, line: 1 };

/** The bytes in pieces, as storage would give them: each in memory of its own. */
export function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => Buffer.from(bytes.subarray(places[index], end)));
}

/** Reads bytes to their end. `positions` are those seen whenever the reader asked for more. */
export function readAll(
  bytes: Buffer,
  { delimiter = '|', limits, from = BEGIN, cuts = [] }: Reading = {},
): { records: ReadRecord[]; positions: Position[]; end: Position } {
  const reader = new RecordReader(delimiter, from, limits);
  const records: ReadRecord[] = [];
  const positions: Position[] = [];
  const pieces = piecesOf(bytes, cuts);
  pieces.forEach((piece, index) => {
    reader.push(piece, index === pieces.length - 1);
    while (reader.next()) records.push(snapshot(reader));
    positions.push(reader.position);
  });
  return { records, positions, end: reader.position };
}

function snapshot(reader: RecordReader): ReadRecord {
  const { record, line, offset, length, fault, position } = reader;
  const fields = Array.from({ length: reader.fieldCount }, (_, field) =>
    reader.bytes.toString('latin1', reader.starts[field], reader.ends[field]),
  );
  return { fields, record, line, offset, length, fault, position };
}

/** The fields of each record of a text. */
export const fieldsOf = (text: string, reading?: Reading): string[][] =>
  readAll(Buffer.from(text), reading).records.map(({ fields }) =>
    fields.map((field) => Buffer.from(field, 'latin1').toString()),
  );
