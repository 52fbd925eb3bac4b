import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DELIMITERS, findDialect } from '../../../../src/imports/csv/dialect.js';
import { DEFAULT_LIMITS, type Limits } from '../../../../src/imports/csv/faults.js';
import { RecordReader, type Position } from '../../../../src/imports/csv/record-reader.js';
import { BEGIN, fieldsOf, piecesOf, readAll, type ReadRecord } from './read-all.js';

// oxlint-disable-next-line no-control-regex -- these are the characters that no field may hold
const CONTROL_CHARACTERS = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/g;

const RUNS = { numRuns: 4_000 };

/** Limits that arbitrary bytes of some dozens run into. */
const SMALL: Limits = { fieldBytes: 6, recordBytes: 14, fields: 4 };

/** Bytes that mean something to the reader more often than others. */
const byte = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'|"\r\n') },
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', ',', 'é', '€', '😀') },
  { weight: 1, arbitrary: fc.constantFrom('\0', '\x07', '\x7f', '\u0085', '\u00a0', '\r\n', '""', '"|"', '|"', '"\n') },
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
    .map((rows) => rows.map((row) => row.map((each) => each.replaceAll(CONTROL_CHARACTERS, ''))));
  const writing = fc.record({
    delimiter: fc.constantFrom(...DELIMITERS),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    quotes: fc.constantFrom('always', 'needed'),
    endsWithNewline: fc.boolean(),
    hasMark: fc.boolean(),
  });
  type Writing = typeof writing extends fc.Arbitrary<infer T> ? T : never;

  const write = (rows: readonly string[][], { delimiter, newline, quotes, endsWithNewline }: Writing): string => {
    const isPlain = (each: string): boolean => !['"', '\r', '\n', delimiter].some((special) => each.includes(special));
    const written = (each: string): string =>
      quotes === 'needed' && isPlain(each) ? each : `"${each.replaceAll('"', '""')}"`;
    return rows.map((row) => row.map(written).join(delimiter)).join(newline) + (endsWithNewline ? newline : '');
  };

  it('reads back equal, whatever the delimiter, the line end and the quoting', () => {
    fc.assert(
      fc.property(table, writing, (rows, how) => {
        expect(fieldsOf(write(rows, how), { delimiter: how.delimiter })).toEqual(rows);
      }),
      RUNS,
    );
  });

  it('reads back equal behind a header by which its dialect is found, with a byte order mark and without', () => {
    fc.assert(
      fc.property(table, writing, (rows, how) => {
        // One wanted column more than the table has, so that no header is of one column.
        const header = ['id', ...(rows[0] ?? ['']).map((_, column) => `c${column}`)];
        const whole = rows.map((row) => ['1', ...row]);
        const file = Buffer.from((how.hasMark ? '\ufeff' : '') + write([header, ...whole], how));
        const { begin, delimiter } = findDialect(file, header);
        expect(delimiter).toBe(how.delimiter);
        const { records } = readAll(Buffer.from(file.subarray(begin.offset)), { delimiter, from: begin });
        expect(
          records.map(({ fields, fault }) => fault ?? fields.map((each) => Buffer.from(each, 'latin1').toString())),
        ).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('arbitrary bytes', () => {
  it('never throw, and never need more memory than the longest record and the pieces that they come in', () => {
    fc.assert(
      fc.property(cutBytes, limits, fc.constantFrom(...DELIMITERS), ([all, cuts], limit, delimiter) => {
        const reader = new RecordReader(delimiter, BEGIN, limit);
        const pieces = piecesOf(all, cuts);
        let records = 0;
        pieces.forEach((piece, index) => {
          reader.push(piece, index === pieces.length - 1);
          expect(reader.bytes.length).toBeLessThanOrEqual(limit.recordBytes + 2 + piece.length);
          while (reader.next()) records += 1;
        });
        // Each has a byte at least, so that reading comes to an end.
        expect(records).toBeLessThanOrEqual(all.length);
        expect(reader.position.offset).toBe(all.length);
      }),
      RUNS,
    );
  });

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
