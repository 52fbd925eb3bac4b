import { describe, expect, it } from 'vitest';
import {
  DELIMITERS,
  findDialect,
  HEADER_BYTES,
  ignoredColumns,
  UnreadableHeader,
} from '../../../../src/imports/csv/dialect.js';

const WANTED = ['id', 'name', 'state'];

const find = (text: string, delimiter?: (typeof DELIMITERS)[number]) =>
  findDialect(Buffer.from(text), WANTED, delimiter);
/** Problem and columns of the header. */
function problemOf(head: Buffer | string, delimiter?: (typeof DELIMITERS)[number]): [string, ...string[]] {
  try {
    findDialect(Buffer.from(head), WANTED, delimiter);
  } catch (error) {
    if (error instanceof UnreadableHeader) return [error.problem, ...error.columns];
    throw error;
  }
  throw new Error('the header was taken');
}

describe('the delimiter', () => {
  it.each(DELIMITERS)('is %j where the header is parted by it', (delimiter) => {
    const dialect = find(`${WANTED.join(delimiter)}\n1${delimiter}a${delimiter}NY\n`);
    expect(dialect).toEqual({
      delimiter,
      encoding: 'utf-8',
      header: WANTED,
      columns: { id: 0, name: 1, state: 2 },
      begin: { offset: 14, record: 0, line: 2 },
    });
  });

  it.each(DELIMITERS)('is %j also where every name of the header is quoted', (delimiter) => {
    const header = WANTED.map((name) => `"${name}"`).join(delimiter);
    expect(find(`${header}\r\n`)).toMatchObject({ delimiter, header: WANTED });
  });

  it('is the one under which most columns are found', () => {
    expect(find('a,b,c,d|id|name|state\n').delimiter).toBe('|');
    expect(find('a|b|c;id;state;name\n').delimiter).toBe(';');
  });

  describe('that could be one of two', () => {
    /** A header with all columns under the pipe (5 columns) and under the comma (5 columns). */
    const both = 'x|id|name|state|y,id,name,state,z\n';

    it('is the one under which the records have the number of columns of the header', () => {
      expect(find(`${both}1|2|a|NY|3\n`).delimiter).toBe('|');
      expect(find(`${both}1,2,a,NY,3\n`).delimiter).toBe(',');
    });

    it('is the one that most records speak for, bad ones among them', () => {
      expect(find(`${both}1,2,a,NY,3\nbad\n1|2|a|NY|3\n1|2|"a|NY|3\n1|2|a|NY|3\n`).delimiter).toBe('|');
    });

    it('is decided by the first hundred records', () => {
      const pipes = '1|2|a|NY|3\n'.repeat(60);
      expect(find(`${both}${pipes}${'1,2,a,NY,3\n'.repeat(500)}`).delimiter).toBe('|');
    });

    it.each([
      ['there are none', ''],
      ['they fit neither', 'a\nb\n'],
      ['they speak for both', '1|2|a|NY|3\n1,2,a,NY,3\n'],
    ])('is asked for where the records do not tell: %s', (_, records) => {
      expect(problemOf(both + records)).toEqual(['several-delimiters', '|', ',']);
      expect(find(both + records, ',').delimiter).toBe(',');
    });
  });

  it('is the one that was given, whatever the header looks like', () => {
    expect(problemOf('id|name|state\n', ',')).toEqual(['missing-columns', 'id', 'name', 'state']);
    expect(find('id,name,state\n', ',').delimiter).toBe(',');
  });
});

describe('ignored columns', () => {
  const ignored = (header: string): string[] => ignoredColumns(find(`${header}\n`));

  it('are those that nobody wants, in the order of the file, without spaces around them', () => {
    expect(ignored('Phone | ID|name|State|"fax|no"')).toEqual(['Phone', 'fax|no']);
    expect(ignored('id|name|state')).toEqual([]);
  });

  it('are named once, and not where they are ours or have no name', () => {
    expect(ignored('_line|id|x|_line|name|X|x|state| _reasons||')).toEqual(['x', 'X']);
  });

  it('are named up to a limit, and so is each name, which is not cut within a character', () => {
    const many = Array.from({ length: 60 }, (_, index) => `c${index}`);
    expect(ignored(`id|name|state|${many.join('|')}`)).toEqual(many.slice(0, 50));
    expect(ignored(`id|name|state|${'😀'.repeat(101)}`)).toEqual(['😀'.repeat(100)]);
  });
});

const filling = (bytes: number): string => `id|name|state${'|x'.repeat(400)}|`.padEnd(bytes, 'y');

describe('the header', () => {
  it('names columns in any order and case, between spaces, and others beside them', () => {
    const dialect = find('State | extra|NAME|_line| "x" |Id\n');
    expect(dialect.columns).toEqual({ state: 0, name: 2, id: 5 });
    expect(dialect.header).toEqual(['State ', ' extra', 'NAME', '_line', ' "x" ', 'Id']);
  });

  it('may stand behind a byte order mark, also quoted', () => {
    expect(find('\ufeffid|name|state\n')).toMatchObject({ header: WANTED, begin: { offset: 17, record: 0, line: 2 } });
    expect(find('\ufeff"id"|"name"|"state"\n').header).toEqual(WANTED);
  });

  it('may hold delimiters, quotes and line ends inside quotes', () => {
    const dialect = find('id|"na|me\n""x"""|name|state\r\n1');
    expect(dialect.header).toEqual(['id', 'na|me\n"x"', 'name', 'state']);
    expect(dialect.begin).toEqual({ offset: 29, record: 0, line: 3 });
  });

  it('may stand behind blank lines, which are counted', () => {
    expect(find('\n\r\nid|name|state\n').begin).toEqual({ offset: 17, record: 0, line: 4 });
  });

  it('may be all that there is, with or without a line end', () => {
    expect(find('id|name|state').begin).toEqual({ offset: 13, record: 0, line: 1 });
    expect(find('id|name|state\n').begin).toEqual({ offset: 14, record: 0, line: 2 });
  });

  it('is refused with the names of the columns that are missing', () => {
    expect(problemOf('id|nam|e\n')).toEqual(['missing-columns', 'name', 'state']);
    expect(problemOf('"x","y"\n')).toEqual(['missing-columns', ...WANTED]);
  });

  it('is refused with the names of the columns that are there twice', () => {
    expect(problemOf('id|name|state| NAME|state\n')).toEqual(['repeated-columns', 'name', 'state']);
  });

  it('may repeat a column that nobody wants', () => {
    expect(find('id|name|state|x|x\n').header).toHaveLength(5);
  });

  it.each([
    ['nothing', ''],
    ['a byte order mark', '\ufeff'],
    ['blank lines', '\n\r\n\r'],
  ])('is missing in a file of %s', (_, text) => {
    expect(problemOf(text)).toEqual(['empty']);
  });

  it('must end within its limit', () => {
    expect(problemOf(filling(HEADER_BYTES))).toEqual(['too-long']);
    expect(find(`${filling(HEADER_BYTES - 1)}\n`).header).toHaveLength(404);
    expect(find(`${filling(HEADER_BYTES - 1)}\n1|2`.slice(0, HEADER_BYTES)).begin.offset).toBe(HEADER_BYTES);
  });

  it('has a limited number of columns', () => {
    expect(find(`id|name|state${'|x'.repeat(997)}\n`).header).toHaveLength(1000);
    expect(problemOf(`id|name|state${'|x'.repeat(998)}\n`)).toEqual(['too-long']);
  });

  it.each([
    ['a quote in the wrong place', 'id|"na"me|state\n'],
    ['a quote that is never closed', 'id|name|"state\n1|a|NY\n'],
    ['an open quote at its begin', '"id|name|state\n'],
  ])('cannot be read with %s', (_, head) => {
    expect(problemOf(head)).toEqual(['too-long']);
    expect(problemOf(head, '|')).toEqual(['too-long']);
  });

  it('is refused where it is no UTF-8', () => {
    expect(problemOf(Buffer.from('id|name|state|caf\xe9\n', 'latin1'))).toEqual(['not-utf8']);
  });

  it('is not disturbed by records that are no UTF-8', () => {
    expect(findDialect(Buffer.from('id|name|state\n1|\xe9|NY\n', 'latin1'), WANTED).header).toEqual(WANTED);
  });

  it('leaves the bytes of the file as they are', () => {
    const head = Buffer.from('id|"na""me"|name|state\n');
    const before = Buffer.from(head);
    findDialect(head, WANTED);
    expect(head).toEqual(before);
  });
});
