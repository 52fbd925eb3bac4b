import { describe, expect, it } from 'vitest';
import type { Limits } from '../../../../src/imports/csv/faults.js';
import { RecordReader } from '../../../../src/imports/csv/record-reader.js';
import { BEGIN, fieldsOf, readAll } from './read-all.js';

const SMALL: Limits = { fieldBytes: 8, recordBytes: 20, fields: 3 };

const read = (text: string | Buffer, limits?: Limits) => readAll(Buffer.from(text), { limits }).records;
/** What is told of each record beside its fields, as `record line offset length`. */
const placesOf = (text: string, limits?: Limits): string[] =>
  read(text, limits).map(({ record, line, offset, length }) => `${record} ${line} ${offset} ${length}`);
const faultsOf = (text: string | Buffer, limits?: Limits) => read(text, limits).map(({ fault }) => fault?.code ?? null);

describe('lines', () => {
  it.each([
    ['LF', 'a|b\nc|d\n'],
    ['CRLF', 'a|b\r\nc|d\r\n'],
    ['CR', 'a|b\rc|d\r'],
    ['a mix of them', 'a|b\rc|d\r\n'],
    ['none behind the last', 'a|b\nc|d'],
  ])('end with %s', (_, text) => {
    expect(fieldsOf(text)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('that are blank are no records, but they count', () => {
    const text = '\n\r\n\ra\n\n\r\rb\r\n\n';
    expect(fieldsOf(text)).toEqual([['a'], ['b']]);
    expect(placesOf(text)).toEqual(['1 4 4 1', '2 8 9 1']);
    expect(readAll(Buffer.from(text)).end).toEqual({ offset: 13, record: 2, line: 10 });
  });

  it('of spaces alone are records', () => {
    expect(fieldsOf('a\n \nb')).toEqual([['a'], [' '], ['b']]);
  });

  it('give no record where there are none', () => {
    expect(read('')).toEqual([]);
    expect(read('\r\n\n')).toEqual([]);
  });
});

describe('the place of a record', () => {
  it('is told to the byte, whatever ends the lines', () => {
    expect(placesOf('a|b\nc\r\nd|é|f\rg')).toEqual(['1 1 0 3', '2 2 4 1', '3 3 7 6', '4 4 14 1']);
  });

  it('counts every line inside quotes', () => {
    expect(placesOf('"a\nb\r\nc\rd"|x\ny')).toEqual(['1 1 0 12', '2 5 13 1']);
  });

  it('goes on from where reading began', () => {
    const from = { offset: 1000, record: 41, line: 50 };
    const { records, end } = readAll(Buffer.from('a\nb\n'), { from });
    expect(records.map(({ record, line, offset }) => [record, line, offset])).toEqual([
      [42, 50, 1000],
      [43, 51, 1002],
    ]);
    expect(end).toEqual({ offset: 1004, record: 43, line: 52 });
  });

  it('takes a CRLF that is cut in two for one line end', () => {
    const { records } = readAll(Buffer.from('a\r\nb'), { cuts: [2] });
    expect(records.map(({ line, position }) => [line, position.offset])).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  it('waits before a CR that may be half of a CRLF', () => {
    const reader = new RecordReader('|', BEGIN);
    reader.push(Buffer.from('a\r'), false);
    expect(reader.next()).toBe(false);
    expect(reader.position).toEqual(BEGIN);
  });

  it('stays before a record that is being skipped over until its line has ended', () => {
    const reader = new RecordReader('|', BEGIN);
    reader.push(Buffer.from('x\n"a"b'), false);
    expect(reader.next()).toBe(true);
    expect(reader.next()).toBe(false);
    expect(reader.position).toEqual({ offset: 2, record: 1, line: 2 });
  });
});

describe('fields', () => {
  it.each([
    ['empty ones', '|a||', ['', 'a', '', '']],
    ['spaces', ' a | b ', [' a ', ' b ']],
    ['a quote that does not begin a field', 'a"b|c""|5"', ['a"b', 'c""', '5"']],
    ['another delimiter', 'a,b;c\td', ['a,b;c\td']],
    ['letters beyond ASCII', 'é|€|😀', ['é', '€', '😀']],
  ])('keep %s', (_, text, fields) => {
    expect(fieldsOf(text)).toEqual([fields]);
  });

  it.each(['|', ',', ';', '\t'] as const)('are parted by %j', (delimiter) => {
    expect(fieldsOf(['a', '', '"b"'].join(delimiter), { delimiter })).toEqual([['a', '', 'b']]);
  });
});

describe('a quoted field', () => {
  it.each([
    ['nothing', '""|x', ['', 'x']],
    ['the delimiter', '"a|b"|x', ['a|b', 'x']],
    ['line ends', '"a\nb\r\nc\rd"|x', ['a\nb\r\nc\rd', 'x']],
    ['doubled quotes', '"say ""hi"""|x', ['say "hi"', 'x']],
    ['only a doubled quote', '""""|x', ['"', 'x']],
    ['only doubled quotes', '""""""|""""', ['""', '"']],
    ['letters beyond ASCII', '"é""€"|x', ['é"€', 'x']],
  ])('may hold %s', (_, text, fields) => {
    expect(fieldsOf(text)).toEqual([fields]);
    expect(fieldsOf(`${text}\r\nnext`)).toEqual([fields, ['next']]);
  });

  it('may be the last of the file', () => {
    expect(fieldsOf('a|"b"')).toEqual([['a', 'b']]);
    expect(fieldsOf('a|"b""c"\n')).toEqual([['a', 'b"c']]);
  });

  it('leaves an unquoted neighbour with quotes as it is', () => {
    expect(fieldsOf('a""b|"c""d"|e""')).toEqual([['a""b', 'c"d', 'e""']]);
  });
});

describe('a quote in the wrong place', () => {
  it('ends the record with its first line, and the next line is read', () => {
    const text = '1|"a"b|c\n2|d\n';
    expect(faultsOf(text)).toEqual(['quote.misplaced', null]);
    expect(placesOf(text)).toEqual(['1 1 0 8', '2 2 9 3']);
    expect(fieldsOf(text)).toEqual([[], ['2', 'd']]);
  });

  it('is named by the line on which it closes', () => {
    const [first, second] = read('x\n1|"a\nb"c\n');
    expect(first!.fault).toBeNull();
    expect(second!.fault).toEqual({ code: 'quote.misplaced', params: { line: 3, column: 2 } });
    expect(placesOf('x\n1|"a\nb"c\n')).toEqual(['1 1 0 1', '2 2 2 4', '3 3 7 3']);
  });

  it('is also one with a NUL or a letter beyond ASCII behind it', () => {
    expect(faultsOf('"a"\0|b')).toEqual(['quote.misplaced']);
    expect(faultsOf('"a"é|b')).toEqual(['quote.misplaced']);
    expect(faultsOf('"a"\x85|b')).toEqual(['quote.misplaced']);
    expect(faultsOf('"a"€|b')).toEqual(['quote.misplaced']);
  });
});

describe('a quote that is never closed', () => {
  it('ends the record with its first line, and the next lines are read', () => {
    const text = '1|"a\r\n2|b\r\n3|c';
    expect(faultsOf(text)).toEqual(['quote.unclosed', null, null]);
    expect(placesOf(text)).toEqual(['1 1 0 4', '2 2 6 3', '3 3 11 3']);
  });

  it('is named by the line on which it opens', () => {
    const [first] = read('"a\nb"|"c\nd');
    expect(first!.fault).toEqual({ code: 'quote.unclosed', params: { line: 2, column: 2 } });
  });

  it('is found without the rest of a long file', () => {
    const text = `1|"a\n${'2|b\n'.repeat(20)}`;
    expect(faultsOf(text, SMALL)).toEqual(['quote.unclosed', ...Array.from({ length: 20 }, () => null)]);
  });
});

describe('bytes that are no text', () => {
  it('spoil only their record', () => {
    const bytes = Buffer.concat([Buffer.from('a|é\nb|'), Buffer.from([0xe9, 0x0a]), Buffer.from('c|é\n')]);
    expect(faultsOf(bytes)).toEqual([null, 'text.not-utf8', null]);
    expect(readAll(bytes, { cuts: [2, 3, 6, 7] }).records).toEqual(read(bytes));
  });

  it('spoil it inside quotes too', () => {
    expect(faultsOf(Buffer.from('a\n"\xff"\nb', 'latin1'))).toEqual([null, 'text.not-utf8', null]);
  });

  it.each([
    ['an overlong form', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a letter that is cut off', [0xe2, 0x82]],
  ])('are %s', (_, bytes) => {
    expect(faultsOf(Buffer.from([0x61, 0x0a, ...bytes]))).toEqual([null, 'text.not-utf8']);
  });

  it('are named by the first column that has some', () => {
    const columnOf = (text: string) => read(Buffer.from(text, 'latin1'))[0]!.fault!.params.column;
    expect(columnOf('\xff|b|c')).toBe(1);
    expect(columnOf('a|"\xc3\xa9"|b\xe9|\xff\n')).toBe(3);
    expect(columnOf('a|b|"\n""\xff"')).toBe(3);
  });

  it('are NUL, named by the first column that has one', () => {
    const [first, second] = read('a|b\0|\0c\nd|"\0"\n');
    expect(first!.fault).toEqual({ code: 'text.nul', params: { column: 2 } });
    expect(first!.fields).toHaveLength(3);
    expect(second!.fault).toEqual({ code: 'text.nul', params: { column: 2 } });
  });
});

const hex = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
/** C0 but for NUL, tab, LF and CR; DEL; C1. */
const CONTROLS = [...range(1, 8), 0x0b, 0x0c, ...range(0x0e, 0x1f), ...range(0x7f, 0x9f)];

describe('control characters', () => {
  it('spoil their record alone, named by column and character, quoted or not, and wherever the bytes are cut', () => {
    for (const code of CONTROLS) {
      const char = String.fromCharCode(code);
      const bytes = Buffer.from(`a|b\nc|d${char}e\nf|g\n"h\n"|"i${char}"|${char}\n"j"|k`);
      const { records } = readAll(bytes);
      const fault = { code: 'text.control-character', params: { column: 2, character: hex(code) } };
      expect(records.map((each) => each.fault)).toEqual([null, fault, null, fault, null]);
      expect(readAll(bytes, { cuts: range(0, bytes.length) }).records).toEqual(records);
    }
  });

  it('are no others: tabs, line breaks inside quotes, and every character from U+00A0 on are text', () => {
    const text = range(0xa0, 0x17f).map((code) => String.fromCharCode(code));
    const fields = ['\ta\t', ...text, '\u200b\u202e\ufeff', '😀'];
    expect(fieldsOf(fields.join('|'))).toEqual([fields]);
    expect(faultsOf(`"\r\n\t\n\r"|${fields.map((each) => `"${each}"`).join('|')}`)).toEqual([null]);
  });

  it('are named by the first column that has one, whichever it is', () => {
    expect(read('a|b\x01|\0')[0]!.fault!.params).toEqual({ column: 2, character: 'U+0001' });
    expect(read('"a"|"\x7f\x01"')[0]!.fault!.params).toEqual({ column: 2, character: 'U+007F' });
    expect(read('a|\u0085|b')[0]!.fault!.params).toEqual({ column: 2, character: 'U+0085' });
  });

  it('are no tab where that parts the fields, but it may stand inside quotes', () => {
    expect(fieldsOf('a\t"b\tc"\td', { delimiter: '\t' })).toEqual([['a', 'b\tc', 'd']]);
  });

  it('are not made of a letter that is cut off', () => {
    expect(faultsOf(Buffer.from('a\xc2', 'latin1'))).toEqual(['text.not-utf8']);
    expect(faultsOf(Buffer.from('"a\xc2"|b', 'latin1'))).toEqual(['text.not-utf8']);
    expect(faultsOf(Buffer.from('a\xc2|b\nc', 'latin1'))).toEqual(['text.not-utf8', null]);
  });
});

describe('a character that may join the letter before it', () => {
  const mayCombine = (text: string): boolean[] => {
    const reader = new RecordReader('|', BEGIN);
    reader.push(Buffer.from(text), true);
    const found: boolean[] = [];
    while (reader.next()) found.push(reader.mayCombine);
    return found;
  };

  it('is told of every record that has one, quoted or not, and not of letters that stand alone', () => {
    expect(mayCombine('a|é\ne\u0301|b\n"ü"|ž\nc|"e\u0301"\n"a"|"b"')).toEqual([false, true, false, true, false]);
    for (const code of range(0, 0x2ff)) {
      const text = String.fromCharCode(code);
      expect(text.normalize('NFC')).toBe(text);
      expect(`e${text}`.normalize('NFC')).toBe(`e${text}`);
    }
  });
});

describe('limits', () => {
  it('name the field that is too long, and let one of just that length pass', () => {
    expect(faultsOf('12345678|a', SMALL)).toEqual([null]);
    expect(read('a|123456789\nb', SMALL)[0]!.fault).toEqual({
      code: 'field.too-long',
      params: { column: 2, limit: 8 },
    });
    expect(faultsOf('a|"12345678"', SMALL)).toEqual([null]);
    expect(faultsOf('a|"123456789"\nb', SMALL)).toEqual(['field.too-long', null]);
  });

  it('end a record that is too long with its line, and let one of just that length pass', () => {
    const longest = '1234567|1234567|1234';
    expect(faultsOf(`${longest}\r\nb`, SMALL)).toEqual([null, null]);
    const [first, second] = read(`${longest}5\r\nb`, SMALL);
    expect(first!.fault).toEqual({ code: 'record.too-long', params: { limit: 20 } });
    expect(first).toMatchObject({ record: 1, line: 1, offset: 0, length: 21, fields: [] });
    expect(second).toMatchObject({ record: 2, line: 2, offset: 23, fault: null });
  });

  it('end a record that is too long over several lines with its first', () => {
    const text = '"12\n34"|"56\n78"|90123\nb|c';
    expect(faultsOf(text, SMALL)[0]).toBe('record.too-long');
    expect(placesOf(text, SMALL).slice(0, 2)).toEqual(['1 1 0 3', '2 2 4 17']);
  });

  it('end a record with too many fields, and let one of just as many pass', () => {
    expect(faultsOf('a|b|c\n', SMALL)).toEqual([null]);
    expect(read('a|b|c|d\ne', SMALL)[0]!.fault).toEqual({ code: 'columns.too-many', params: { limit: 3 } });
    expect(faultsOf('a|b|c|\ne', SMALL)).toEqual(['columns.too-many', null]);
  });

  it('are found the same at any cut next to them', () => {
    for (const text of [
      '1234567|1234567|1234\r\nb',
      '1234567|1234567|12345\r\nb',
      '"1234567"|"1234567"\r|"x',
      '"123456789012345678"',
    ]) {
      for (let cut = 0; cut <= text.length; cut++) {
        expect(readAll(Buffer.from(text), { limits: SMALL, cuts: [cut] }).records).toEqual(read(text, SMALL));
      }
    }
  });

  it('keep the bytes in memory few while a record of any length passes', () => {
    for (const begin of ['', '"', 'a|']) {
      const reader = new RecordReader('|', BEGIN, SMALL);
      reader.push(Buffer.from(begin), false);
      for (let piece = 0; piece < 1000; piece++) {
        expect(reader.next()).toBe(false);
        expect(reader.bytes.length).toBeLessThanOrEqual(SMALL.recordBytes + 2 + 10);
        reader.push(Buffer.from('x'.repeat(10)), false);
      }
      reader.push(Buffer.from('\nb'), true);
      expect(reader.next()).toBe(true);
      expect(reader.fault!.code).toBe(begin === '"' ? 'quote.unclosed' : 'record.too-long');
      expect(reader.length).toBe(begin.length + 10_000);
      expect(reader.next()).toBe(true);
      expect([reader.fault, reader.line]).toEqual([null, 2]);
    }
  });

  it('keep the time short for lines that each open a quote anew', () => {
    const bytes = Buffer.from('a"|"b\n'.repeat(50_000));
    const reader = new RecordReader('|', BEGIN, { fieldBytes: 100, recordBytes: 1024 * 1024, fields: 20 });
    reader.push(bytes, true);
    const begin = performance.now();
    while (reader.next());
    expect(reader.record).toBe(50_000);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});

describe('reading on', () => {
  it('from the position behind any record gives the rest', () => {
    const bytes = Buffer.from('a|"b\r\nc"\r\n\r\n"d"e\r"f\n"\n""x\ng|h\r\ni');
    const { records } = readAll(bytes);
    expect(records.length).toBeGreaterThan(5);
    for (const { record, position } of records) {
      const rest = readAll(Buffer.from(bytes.subarray(position.offset)), { from: position });
      expect(rest.records).toEqual(records.slice(record));
    }
  });

  it('needs no bytes at all at the end of the file', () => {
    const from = { offset: 10, record: 2, line: 3 };
    expect(readAll(Buffer.alloc(0), { from })).toEqual({ records: [], positions: [from], end: from });
  });
});
