import type { BinaryRows } from '../shared/binary-rows.js';
import type { Gathered } from '../shared/gathered.js';
import type { Order } from './order.dto.js';

export type Field = keyof Order;

/** The fields of an order as clients see them, each with its kind of value, and its column where that has another name. */
const FIELDS = {
  id: { kind: 'int8' },
  name: { kind: 'text' },
  email: { kind: 'text' },
  state: { kind: 'text' },
  zipcode: { kind: 'text' },
  birthday: { kind: 'date' },
  valid: { kind: 'boolean' },
  violations: { kind: 'texts' },
  importId: { kind: 'uuid', column: 'import_id' },
  record: { kind: 'int8' },
  line: { kind: 'int8' },
  originalId: { kind: 'int8', column: 'original_id' },
} as const satisfies Record<Field, { readonly kind: string; readonly column?: string }>;

type Kind = (typeof FIELDS)[Field]['kind'];
/** How the value that the rows are at is written. */
export type Writers = Readonly<Record<Kind | 'null', (out: Gathered, rows: BinaryRows) => void>>;

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** Of values that are written alike in every format. */
export const PLAIN_WRITERS = {
  int8: (out, rows) => out.addDigits(rows.int8),
  boolean: (out, rows) => out.add(rows.boolean ? TRUE : FALSE),
} satisfies Partial<Writers>;

/** All of them. */
export const ALL_FIELDS = Object.keys(FIELDS) as readonly Field[];

/** These fields and `id`, in the order in which clients see them. */
export const withId = (fields: readonly Field[]): readonly Field[] =>
  ALL_FIELDS.filter((field) => field === 'id' || fields.includes(field));

/** What a SELECT must have to give orders with these fields. */
export const columnsOf = (fields: readonly Field[]): string => fields.map(columnOf).join(', ');

function columnOf(field: Field): string {
  const description = FIELDS[field];
  return 'column' in description ? `${description.column} AS "${field}"` : field;
}

/**
 * Writes the values of rows that have the columns of these fields.
 *
 * @param before what goes before the value of each field
 * @returns what writes one row, from before its first value
 */
export function rowWriter(
  fields: readonly Field[],
  before: readonly string[],
  writers: Writers,
): (out: Gathered, rows: BinaryRows) => void {
  const kinds = fields.map((field) => FIELDS[field].kind);
  const between = before.map((text) => Buffer.from(text));
  return (out, rows) => {
    for (let column = 0; column < kinds.length; column++) {
      out.add(between[column]!);
      writers[rows.nextValue() ? kinds[column]! : 'null'](out, rows);
    }
  };
}
