import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordReader, type Position } from '../../../../src/imports/csv/record-reader.js';
import { Chunk, FIRST_RECORDS } from '../../../../src/imports/job/chunk.js';
import type { Totals } from '../../../../src/imports/segment.entity.js';
import {
  compileRules,
  ORDER_COLUMNS,
  type Destination,
  type OrderColumn,
  type StoredBatch,
} from '../../../../src/orders/index.js';
import { readRuleSet } from '../../../../src/orders/rules/rule-set.js';
import { as, rowsOf } from '../../shared/copy-decoder.js';

const IMPORT_ID = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
const BEGIN: Position = { offset: 0, record: 0, line: 1 };
const NOTHING: Totals = { valid: 0, invalid: 0, duplicate: 0, malformed: 0, violations: {}, malformations: {} };

const COLUMNS = Object.fromEntries(ORDER_COLUMNS.map((column, index) => [column, index])) as Record<
  OrderColumn,
  number
>;
const RULE_SET = readRuleSet(null);
const JUDGE = compileRules(RULE_SET, new Date('2026-11-23T15:00:00Z'));

const newChunk = (maxRecords = 1000, begin = BEGIN, destination: Destination | null = null): Chunk => {
  const intake = { importId: IMPORT_ID, ruleSet: RULE_SET, judge: JUDGE, columns: COLUMNS, destination };
  return new Chunk(intake, 6, begin, maxRecords);
};

/** Chunks of a file from a place to its end, each ready to be committed. */
function chunksOf(file: string, maxRecords: number, begin = BEGIN, destination: Destination | null = null): Chunk[] {
  const bytes = Buffer.from(file);
  const reader = new RecordReader('|', begin);
  reader.push(bytes.subarray(begin.offset), true);
  const chunks = [newChunk(maxRecords, begin, destination)];
  while (chunks.at(-1)!.fill(reader)) {
    const { end, orders } = chunks.at(-1)!;
    chunks.push(newChunk(maxRecords, end, orders.destination));
  }
  chunks.at(-1)!.end = reader.position;
  return chunks;
}

const VALID = '|Ann|ann@example.com|CA|11111|1963-02-27';
const INVALID = '|Bob|bob@nowhere|NJ|22222|1963-02-27';
const none = (chunk: Chunk): Uint8Array => new Uint8Array(chunk.orders.count);
/** As stored, with these duplicates and nothing displaced. */
const stored = (isDuplicate: Uint8Array): StoredBatch => ({ isDuplicate, displaced: [], replaced: [] });
const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
const readOf = ({ valid, invalid, duplicate, malformed }: Totals): number => valid + invalid + duplicate + malformed;

describe('totals', () => {
  it('count each record under what became of it', () => {
    const [chunk] = chunksOf(
      [`1${VALID}`, `2${INVALID}`, `x${VALID}`, `1${VALID}`, 'a|b', `3${INVALID}`].join('\n'),
      100,
    );
    expect(chunk!.recordCount).toBe(6);
    expect(chunk!.addTo(NOTHING, stored(Uint8Array.from([0, 0, 1, 0])))).toEqual({
      valid: 1,
      invalid: 2,
      duplicate: 1,
      malformed: 2,
      violations: { allowed_state: 2, email_pattern: 2 },
      malformations: { 'id.not-an-integer': 1, 'columns.wrong-number': 1 },
    });
  });

  it('of a duplicate hold no violation', () => {
    const [chunk] = chunksOf(`1${INVALID}`, 100);
    expect(chunk!.addTo(NOTHING, stored(Uint8Array.of(1)))).toEqual({ ...NOTHING, duplicate: 1 });
  });

  it('add to those before and leave them as they were', () => {
    const before: Totals = {
      valid: 5,
      invalid: 6,
      duplicate: 7,
      malformed: 8,
      violations: { zipcode_sum: 2, email_pattern: 4 },
      malformations: { 'text.nul': 8 },
    };
    const kept = structuredClone(before);
    const [chunk] = chunksOf(`1${VALID}\n2${INVALID}\n3|\0\n`, 100);
    expect(chunk!.addTo(before, stored(none(chunk!)))).toEqual({
      valid: 6,
      invalid: 7,
      duplicate: 7,
      malformed: 9,
      violations: { zipcode_sum: 2, email_pattern: 5, allowed_state: 1 },
      malformations: { 'text.nul': 9 },
    });
    expect(before).toEqual(kept);
  });

  it('of a chunk without records are those before', () => {
    const [chunk] = chunksOf('\n\n', 100);
    expect(chunk!.addTo(NOTHING, stored(none(chunk!)))).toEqual(NOTHING);
    expect(chunk!.end).toEqual({ offset: 2, record: 0, line: 3 });
  });
});

/** Totals of the chunks, every second order being a duplicate. */
const totalsOf = (chunks: readonly Chunk[]): Totals =>
  chunks.reduce(
    (totals, chunk) => chunk.addTo(totals, stored(Uint8Array.from(chunk.orders.ids, (id) => id % 2))),
    NOTHING,
  );
const rowsOfAll = (chunks: readonly Chunk[]) => chunks.flatMap((chunk) => rowsOf(chunk.orders.rows));
const rejectsOfAll = (chunks: readonly Chunk[]) =>
  chunks
    .flatMap((chunk) => rowsOf(chunk.rejects(none(chunk), false)))
    .toSorted((a, b) => Number(as.int8(a[1]!) - as.int8(b[1]!)));

/** The rejects of a chunk as they will be stored. */
const rejectsOf = (chunk: Chunk, isDuplicate = none(chunk), areInvalidStored = false) =>
  rowsOf(chunk.rejects(isDuplicate, areInvalidStored)).map(
    ([importId, record, line, outcome, reasons, params, orderId, offset]) => ({
      importId: as.uuid(importId!),
      place: [record, line, offset].map((value) => Number(as.int8(value!))),
      outcome: as.text(outcome!),
      reasons: as.textArray(reasons!),
      params: params && as.jsonb(params),
      orderId: orderId && Number(as.int8(orderId)),
    }),
  );

/** Each chunk takes memory for a full one, which is slow to get. */
const RUNS = { numRuns: 40 };

describe('any file in chunks of any size', () => {
  const record = fc.oneof(
    fc
      .tuple(fc.nat(20), fc.constantFrom(VALID, INVALID, VALID.replace('11111', '99999'), '|x'))
      .map(([id, rest]) => `${id}${rest}`),
    fc.constantFrom(
      '',
      'x',
      '"',
      '"a"b',
      `9|"J""o\n"|j@example.com|NY|12|Feb 29, 2000`,
      `8${VALID.replace('1963', '2020')}`,
      '7|\0||||',
    ),
  );
  const file = fc
    .tuple(fc.array(record, { maxLength: 15 }), fc.constantFrom('\n', '\r\n', '\r'))
    .map(([records, newline]) => records.join(newline));
  const size = fc.integer({ min: 1, max: 6 });

  it('counts every record once, and the parts add up', () => {
    fc.assert(
      fc.property(file, size, (text, maxRecords) => {
        const chunks = chunksOf(text, maxRecords);
        const totals = totalsOf(chunks);
        expect(readOf(totals)).toBe(chunks.at(-1)!.end.record);
        expect(sum(totals.malformations)).toBe(totals.malformed);
        expect(sum(totals.violations)).toBeGreaterThanOrEqual(totals.invalid);
        expect(chunks.at(-1)!.end.offset).toBe(Buffer.byteLength(text));
        for (const chunk of chunks) expect(chunk.recordCount).toBeLessThanOrEqual(maxRecords);
      }),
      RUNS,
    );
  });

  it('comes to the same orders, rejects and totals as in one chunk', () => {
    fc.assert(
      fc.property(file, size, (text, maxRecords) => {
        const [chunks, one] = [chunksOf(text, maxRecords), chunksOf(text, 1000)];
        expect(totalsOf(chunks)).toEqual(totalsOf(one));
        expect(rowsOfAll(chunks)).toEqual(rowsOfAll(one));
        expect(rejectsOfAll(chunks)).toEqual(rejectsOfAll(one));
      }),
      RUNS,
    );
  });

  it('comes to the same when another worker goes on at any checkpoint', () => {
    fc.assert(
      fc.property(file, size, size, (text, maxRecords, otherMaxRecords) => {
        const chunks = chunksOf(text, maxRecords);
        chunks.forEach((chunk, index) => {
          const done = chunks.slice(0, index + 1);
          const rest = chunksOf(text, otherMaxRecords, chunk.end, chunk.orders.destination);
          expect(totalsOf([...done, ...rest])).toEqual(totalsOf(chunks));
          expect(rowsOfAll([...done, ...rest])).toEqual(rowsOfAll(chunks));
        });
      }),
      RUNS,
    );
  });
});

describe('rejects', () => {
  it('are the records that are not valid, with their reasons and their bytes', () => {
    const lines = [`1${VALID}`, `4294967298${INVALID}`, `5${VALID.replace('CA', 'NY')}`, 'a|"b\nc"', `6${VALID}|`];
    const file = lines.join('\r\n');
    const [chunk] = chunksOf(file, 100);
    expect(rejectsOf(chunk!, Uint8Array.from([0, 0, 1]))).toEqual([
      {
        importId: IMPORT_ID,
        place: [2, 2, file.indexOf('4294967298')],
        outcome: 'invalid',
        reasons: ['allowed_state', 'email_pattern'],
        params: null,
        orderId: 4_294_967_298,
      },
      {
        importId: IMPORT_ID,
        place: [3, 3, file.indexOf('5|Ann')],
        outcome: 'duplicate',
        reasons: [],
        params: null,
        orderId: 5,
      },
      {
        importId: IMPORT_ID,
        place: [4, 4, file.indexOf('a|"b')],
        outcome: 'malformed',
        reasons: ['columns.wrong-number'],
        params: { found: 2, expected: 6 },
        orderId: null,
      },
      {
        importId: IMPORT_ID,
        place: [5, 6, file.indexOf('6|Ann')],
        outcome: 'malformed',
        reasons: ['columns.wrong-number'],
        params: { found: 7, expected: 6 },
        orderId: null,
      },
    ]);
  });

  it('name the column that is to blame, where it is one of an order', () => {
    const columns = { name: 0, state: 1, zipcode: 2, birthday: 3, email: 4, id: 6 };
    const intake = { importId: IMPORT_ID, ruleSet: RULE_SET, judge: JUDGE, columns, destination: null };
    const chunk = new Chunk(intake, 7, BEGIN, 100);
    const reader = new RecordReader('|', BEGIN);
    const records = [
      'a\x07|CA|1|x|e|?|1',
      'a|CA|1|x|e|\x07|1',
      'a|CA|1|x|e|?|x',
      'a|CA|1|x|e|?|1',
      'a|"CA',
      'a|b|"c"d',
    ];
    reader.push(Buffer.from(records.join('\n')), true);
    chunk.fill(reader);
    expect(rejectsOf(chunk).map(({ reasons, params }) => [...reasons, params])).toEqual([
      ['text.control-character', { column: 1, field: 'name', character: 'U+0007' }],
      ['text.control-character', { column: 6, character: 'U+0007' }],
      ['id.not-an-integer', { column: 7, field: 'id', value: 'x' }],
      ['birthday.not-a-date', { column: 4, field: 'birthday', value: 'x' }],
      ['quote.misplaced', { column: 2, field: 'state', line: 6 }],
      ['quote.misplaced', { column: 3, field: 'zipcode', line: 6 }],
    ]);
  });

  it('of an invalid record that is a duplicate name no rule', () => {
    const [chunk] = chunksOf(`1${INVALID}`, 100);
    expect(rejectsOf(chunk!, Uint8Array.of(1))).toMatchObject([{ outcome: 'duplicate', reasons: [], orderId: 1 }]);
  });

  it('are without the invalid ones where these are stored as orders', () => {
    const [chunk] = chunksOf([`1${INVALID}`, `2${INVALID}`, 'a|b'].join('\n'), 100);
    expect(rejectsOf(chunk!, Uint8Array.of(0, 1), true)).toMatchObject([
      { outcome: 'duplicate', orderId: 2 },
      { outcome: 'malformed' },
    ]);
  });

  it('are none where every record is valid', () => {
    const [chunk] = chunksOf(`1${VALID}\n2${VALID}`, 100);
    expect(chunk!.rejects(none(chunk!), false).count).toBe(0);
  });
});

describe('a chunk', () => {
  it('is full with its records, and ends behind the last of them', () => {
    const reader = new RecordReader('|', BEGIN);
    reader.push(Buffer.from('a\nb\n\nc\n'), true);
    const chunk = newChunk(2);
    expect(chunk.fill(reader)).toBe(true);
    expect(chunk.end).toEqual({ offset: 4, record: 2, line: 3 });
  });

  it('ends with the first thousand records where it has no order by then, whatever its size', () => {
    const bad = 'x\n'.repeat(FIRST_RECORDS);
    const ends = (file: string, maxRecords: number) =>
      chunksOf(file, maxRecords).map(({ end, endsFirstRecordsWithoutOrder: hasNone }) => [end.record, hasNone]);
    expect(ends(`${bad}x\n1${VALID}\n`, 10_000)).toEqual([
      [1000, true],
      [1002, false],
    ]);
    expect(ends(`${bad}x\n`, 900)).toEqual([
      [900, false],
      [1000, true],
      [1001, false],
    ]);
    expect(ends(bad, 10_000)).toEqual([
      [1000, true],
      [1000, false],
    ]);
    expect(ends(`1${VALID}\n${bad}x\n`, 10_000)).toEqual([[1002, false]]);
    expect(ends(bad.slice(2), 10_000)).toEqual([[999, false]]);
  });

  it('is full after so many bytes, however few its records are', () => {
    const reader = new RecordReader('|', BEGIN);
    const line = Buffer.from(`${'x'.repeat(60_000)}\n`);
    const chunk = newChunk();
    do reader.push(Buffer.from(line), false);
    while (!chunk.fill(reader));
    expect(chunk.end.offset).toBeGreaterThanOrEqual(16 * 1024 * 1024);
    expect(chunk.end.offset).toBeLessThan(16 * 1024 * 1024 + 3 * line.length);
  });
});
