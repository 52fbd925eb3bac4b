import type { RecordFields } from '../../../../src/orders/intake/order-draft.js';

/** A record as the reader of a file would hand it over, its bytes between others. */
export function fieldsOf(values: readonly (string | Buffer)[]): RecordFields {
  const parts = values.map((value) => Buffer.from(value as string));
  const starts = new Int32Array(parts.length);
  const ends = new Int32Array(parts.length);
  let at = 3;
  parts.forEach((part, field) => {
    starts[field] = at;
    ends[field] = at + part.length;
    at += part.length + 1;
  });
  const bytes = Buffer.concat([
    Buffer.from('9\n'),
    ...parts.flatMap((part) => [Buffer.from('|'), part]),
    Buffer.from('|9\n'),
  ]);
  return { bytes, starts, ends, mayCombine: true };
}
