import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordReader, type Position } from '../../../../src/imports/csv/record-reader.js';
import { SegmentIndex, type Cut } from '../../../../src/imports/csv/segment-index.js';

const BEGIN: Position = { offset: 0, record: 0, line: 1 };
/** The mark of a record in these tests: its first field; records that do not have two fields are not well formed. */
const markOf = (reader: RecordReader): string | null =>
  reader.fault === null && reader.fieldCount === 2
    ? reader.bytes.toString('utf8', reader.starts[0], reader.ends[0])
    : null;

function cutsOf(file: string | Buffer, segmentBytes: number, pieces: number[] = [], begin = BEGIN): Cut<string>[] {
  const bytes = Buffer.from(file as string);
  const index = new SegmentIndex('|', begin, segmentBytes, markOf);
  let at = 0;
  for (const length of [...pieces, bytes.length]) {
    index.pass(bytes.subarray(at, at + length));
    at += length;
  }
  index.end();
  return index.cuts;
}

interface Seen {
  readonly offset: number;
  readonly record: number;
  readonly line: number;
  readonly length: number;
  readonly fault: string | null;
  readonly mark: string | null;
}

/** Every record of a part of a file as the reader finds it. */
function recordsOf(bytes: Buffer, from: Position, to: number): Seen[] {
  const reader = new RecordReader('|', from);
  // A copy, because the reader may write into its bytes. What follows the part is looked at, and not read.
  reader.push(Buffer.from(bytes.subarray(from.offset)), true);
  const seen: Seen[] = [];
  while (reader.nextOffset < to && reader.next()) {
    const { offset, record, line, length, fault } = reader;
    seen.push({ offset, record, line, length, fault: fault?.code ?? null, mark: markOf(reader) });
  }
  return seen;
}

const lines = (count: number): string => Array.from({ length: count }, (_, i) => `${i + 1}|text of it\n`).join('');

describe('the segments of a file', () => {
  it('are one where the file is small', () => {
    expect(cutsOf('1|a\n2|b\n', 1_000)).toEqual([{ ...BEGIN, mark: null }]);
    expect(cutsOf('', 1_000)).toEqual([{ ...BEGIN, mark: null }]);
  });

  it('begin behind the first record that is long enough, with the number of record and line', () => {
    const file = lines(10_000);
    const [, second, third] = cutsOf(file, 40_000);
    expect(file.slice(0, second!.offset).endsWith('\n')).toBe(true);
    expect(second!.offset).toBeGreaterThanOrEqual(40_000);
    expect(second!.offset).toBeLessThan(40_000 + 20);
    expect(file.slice(second!.offset).startsWith(`${second!.record + 1}|`)).toBe(true);
    expect(second).toMatchObject({ line: second!.record + 1, mark: String(second!.record) });
    expect(third!.offset - second!.offset).toBeGreaterThanOrEqual(40_000);
  });

  it('count no byte of the header, which has passed before', () => {
    const header = 'key|text\n';
    const begin = { offset: header.length, record: 0, line: 2 };
    const plain = cutsOf(lines(5_000), 20_000);
    const cuts = cutsOf(header + lines(5_000), 20_000, [3, 7], begin);
    expect(cuts).toEqual(plain.map((cut) => ({ ...cut, offset: cut.offset + header.length, line: cut.line + 1 })));
  });

  it('do not begin within quotes, however long these are', () => {
    const file = `1|"${'line\n'.repeat(5_000)}"\n${lines(3_000)}`;
    const [, second] = cutsOf(file, 10_000);
    expect(second!.offset).toBe(file.indexOf('"\n') + 2);
    expect(second).toMatchObject({ record: 1, line: 5_002, mark: '1' });
  });

  it('do not begin before a well formed record, whose mark the next one needs', () => {
    const bad = 'no second field\n'.repeat(3_000);
    const [, second] = cutsOf(`${bad}7|x\n${lines(2_000)}`, 10_000);
    expect(second).toMatchObject({ offset: bad.length + 4, record: 3_001, mark: '7' });
  });

  it('have no short one at the end', () => {
    const file = lines(2_100);
    const cuts = cutsOf(file, 16_000);
    expect(file.length - cuts.at(-1)!.offset).toBeGreaterThanOrEqual(2_000);
  });
});

const PIECES = ['1|a', '22|bb', '|', '"', '""', '\n', '\r\n', '\r', '3|"x\ny"', 'q|"un', 'é|ü', 'plain', '\0'];
const anyFile = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 300 })
  .map((parts) => Buffer.from(parts.join('')));
const anyCuts = fc.array(fc.nat(60), { maxLength: 60 });

describe('whatever a file holds and however it is cut into pieces', () => {
  it('its segments together have the records of the file, with their numbers, lines and faults', () => {
    fc.assert(
      fc.property(anyFile, anyCuts, fc.integer({ min: 1, max: 200 }), (file, pieces, segmentBytes) => {
        const cuts = cutsOf(file, segmentBytes, pieces);
        const parts = cuts.flatMap((cut, at) => recordsOf(file, cut, cuts[at + 1]?.offset ?? file.length));
        expect(parts).toEqual(recordsOf(file, BEGIN, file.length));
      }),
      { numRuns: 1_000 },
    );
  });

  it('each segment knows the mark of the last well formed record before it', () => {
    fc.assert(
      fc.property(anyFile, anyCuts, fc.integer({ min: 1, max: 200 }), (file, pieces, segmentBytes) => {
        const records = recordsOf(file, BEGIN, file.length);
        for (const { record, mark } of cutsOf(file, segmentBytes, pieces).slice(1)) {
          expect(mark).toBe(records.slice(0, record).findLast((each) => each.mark !== null)!.mark);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('its owner keeps the bytes as they were', () => {
    fc.assert(
      fc.property(anyFile, anyCuts, (file, pieces) => {
        const before = Buffer.from(file);
        const index = new SegmentIndex('|', BEGIN, 10, markOf);
        let at = 0;
        for (const length of [...pieces, file.length]) index.pass(file.subarray(at, (at += length)));
        expect(file.equals(before)).toBe(true);
      }),
    );
  });
});
