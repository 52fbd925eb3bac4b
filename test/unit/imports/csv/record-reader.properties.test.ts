import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIMITERS } from '../../../../src/imports/csv/dialect.js';
import { DEFAULT_LIMITS, type Limits } from '../../../../src/imports/csv/faults.js';
import type { Position } from '../../../../src/imports/csv/record-reader.js';
import { fieldsOf, readAll, type ReadRecord } from './read-all.js';

const RUNS = { numRuns: 4_000 };

/** Limits that arbitrary bytes of some dozens run into. */
const SMALL: Limits = { fieldBytes: 6, recordBytes: 14, fields: 4 };

/** Bytes that mean something to the reader more often than others. */
const byte = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'|"\r\n') },
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', ',', 'é', '€', '😀') },
  { weight: 1, arbitrary: fc.constantFrom('\0', '\r\n', '""', '"|"', '|"', '"\n') },
);
const text = fc.array(byte, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')));
const rawByte = fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes));
const bytes = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 1, arbitrary: fc.array(fc.oneof(text, rawByte), { maxLength: 4 }).map((parts) => Buffer.concat(parts)) },
);
const limits = fc.constantFrom(DEFAULT_LIMITS, SMALL, { ...SMALL, recordBytes: 5 }, { ...SMALL, fields: 1 });
const cutsOf = (of: Buffer) => fc.array(fc.nat(of.length), { maxLength: 12 });
const cutBytes = bytes.chain((all) => fc.tuple(fc.constant(all), cutsOf(all)));

/** Line ends in bytes, a CRLF counted once. */
const lineEnds = (of: Buffer): number => (of.toString('latin1').match(/\r\n|\r|\n/g) ?? []).length;

/** Records behind a position, as one who began to read there would see them. */
const rest = (of: Buffer, from: Position, limit: Limits): ReadRecord[] =>
  readAll(Buffer.from(of.subarray(from.offset)), { from, limits: limit }).records;

describe('a table written by the rules of RFC 4180', () => {
  const field = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc
      .array(fc.constantFrom(...DELIMITERS, '"', '\r', '\n', '\r\n', 'x'), { maxLength: 5 })
      .map((parts) => parts.join('')),
  );
  const table = fc
    .integer({ min: 2, max: 5 })
    .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { maxLength: 6 }))
    .map((rows) => rows.map((row) => row.map((each) => each.replaceAll('\0', ''))));
  const writing = fc.record({
    delimiter: fc.constantFrom(...DELIMITERS),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    quotes: fc.constantFrom('always', 'needed'),
    endsWithNewline: fc.boolean(),
  });

  it('reads back equal, whatever the delimiter, the line end and the quoting', () => {
    fc.assert(
      fc.property(table, writing, (rows, { delimiter, newline, quotes, endsWithNewline }) => {
        const isPlain = (each: string): boolean =>
          !['"', '\r', '\n', delimiter].some((special) => each.includes(special));
        const write = (each: string): string =>
          quotes === 'needed' && isPlain(each) ? each : `"${each.replaceAll('"', '""')}"`;
        const lines = rows.map((row) => row.map(write).join(delimiter));
        const file = lines.join(newline) + (endsWithNewline ? newline : '');
        expect(fieldsOf(file, { delimiter })).toEqual(rows);
      }),
      RUNS,
    );
  });
});

describe('arbitrary bytes', () => {
  it('give the same records, faults, offsets and lines wherever they are cut into pieces', () => {
    fc.assert(
      fc.property(cutBytes, limits, ([all, cuts], limit) => {
        const inPieces = readAll(all, { cuts, limits: limit });
        const inOne = readAll(all, { limits: limit });
        expect(inPieces.records).toEqual(inOne.records);
        expect(inPieces.end).toEqual(inOne.end);
      }),
      RUNS,
    );
  });

  it('give the same records byte by byte as in one piece', () => {
    fc.assert(
      fc.property(bytes, limits, (all, limit) => {
        const cuts = Array.from(all, (_, at) => at);
        expect(readAll(all, { cuts, limits: limit }).records).toEqual(readAll(all, { limits: limit }).records);
      }),
      RUNS,
    );
  });

  it('give the same rest to a fresh reader at every position between two records', () => {
    fc.assert(
      fc.property(bytes, limits, (all, limit) => {
        const { records } = readAll(all, { limits: limit });
        for (const { record, position } of records) {
          expect(position.record).toBe(record);
          expect(rest(all, position, limit)).toEqual(records.slice(record));
        }
      }),
      RUNS,
    );
  });

  it('give the same rest to a fresh reader wherever the first one waited for more', () => {
    fc.assert(
      fc.property(cutBytes, limits, ([all, cuts], limit) => {
        const { records, positions } = readAll(all, { cuts, limits: limit });
        for (const position of positions) {
          expect(rest(all, position, limit)).toEqual(records.slice(position.record));
        }
      }),
      RUNS,
    );
  });

  it('belong each to one record or one line end, and every line is counted', () => {
    fc.assert(
      fc.property(bytes, limits, (all, limit) => {
        const { records, end } = readAll(all, { limits: limit });
        let behind = 0;
        for (const { offset, length, line, position } of records) {
          expect(all.toString('latin1', behind, offset)).toMatch(/^[\r\n]*$/);
          expect(line).toBe(1 + lineEnds(all.subarray(0, offset)));
          behind = offset + length;
          expect(all.toString('latin1', behind, position.offset)).toMatch(/^(\r\n|\r|\n)?$/);
        }
        expect(records.map(({ record }) => record)).toEqual(records.map((_, index) => index + 1));
        expect(all.toString('latin1', behind)).toMatch(/^[\r\n]*$/);
        expect(end).toEqual({ offset: all.length, record: records.length, line: 1 + lineEnds(all) });
      }),
      RUNS,
    );
  });

  it('are never changed outside the record that was read', () => {
    fc.assert(
      fc.property(bytes, (all) => {
        const { records } = readAll(all);
        for (const { offset, length, fields } of records.filter(({ fault }) => !fault)) {
          expect(readAll(Buffer.from(all.subarray(offset, offset + length))).records[0]!.fields).toEqual(fields);
        }
      }),
      RUNS,
    );
  });
});
