import type { CopyRows } from '../../../src/shared/copy-rows.js';

/**
 * Reads the binary COPY format as its documentation describes it (PostgreSQL, COPY, "Binary Format"): each row as its
 * fields, null where a field is NULL. Throws at anything that is not in the format.
 */
export function decodeCopy(bytes: Buffer): (Buffer | null)[][] {
  const SIGNATURE = 'PGCOPY\n\xff\r\n\0';
  if (bytes.toString('latin1', 0, 11) !== SIGNATURE) throw new Error('no signature');
  if (bytes.readInt32BE(11) !== 0) throw new Error('flags');
  let at = 19 + bytes.readInt32BE(15);
  const rows: (Buffer | null)[][] = [];
  for (;;) {
    const fieldCount = bytes.readInt16BE(at);
    at += 2;
    if (fieldCount === -1) break;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < fieldCount; field++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < -1 || at + length > bytes.length) throw new Error(`field of ${length} bytes at ${at}`);
      row.push(length === -1 ? null : bytes.subarray(at, at + length));
      if (length > 0) at += length;
    }
    rows.push(row);
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes behind the trailer`);
  return rows;
}

/** The rows that would go to the server. */
export const rowsOf = (rows: CopyRows): (Buffer | null)[][] => decodeCopy(Buffer.concat([...rows.pieces()]));

/** How PostgreSQL reads the values of each type. */
export const as = {
  text: (value: Buffer | null): string => value!.toString(),
  int4: (value: Buffer | null): number => sized(value, 4).readInt32BE(),
  int8: (value: Buffer | null): bigint => sized(value, 8).readBigInt64BE(),
  boolean: (value: Buffer | null): boolean => sized(value, 1)[0] === 1,
  uuid: (value: Buffer | null): string =>
    sized(value, 16)
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  /** Days from 2000-01-01 as the day itself. */
  date: (value: Buffer | null): string =>
    new Date(Date.UTC(2000, 0, 1) + as.int4(value) * 86_400_000).toISOString().slice(0, 10),
  jsonb(value: Buffer | null): unknown {
    if (value![0] !== 1) throw new Error(`jsonb of version ${value![0]}`);
    return JSON.parse(value!.toString('utf8', 1));
  },
  textArray(value: Buffer | null): string[] {
    const bytes = value!;
    const [dimensions, hasNulls, type] = [0, 4, 8].map((at) => bytes.readInt32BE(at));
    if (hasNulls !== 0 || type !== 25) throw new Error('no array of texts without nulls');
    if (dimensions === 0 && bytes.length === 12) return [];
    const count = bytes.readInt32BE(12);
    if (dimensions !== 1 || bytes.readInt32BE(16) !== 1) throw new Error('not one dimension from 1');
    const texts: string[] = [];
    let at = 20;
    for (let index = 0; index < count; index++) {
      const length = bytes.readInt32BE(at);
      texts.push(bytes.toString('utf8', at + 4, at + 4 + length));
      at += 4 + length;
    }
    if (at !== bytes.length) throw new Error('bytes behind the last text');
    return texts;
  },
} as const;

function sized(value: Buffer | null, bytes: number): Buffer {
  if (value?.length !== bytes) throw new Error(`${value?.length} bytes instead of ${bytes}`);
  return value;
}
