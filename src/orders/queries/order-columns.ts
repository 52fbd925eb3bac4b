import type { Order } from '../order.dto.js';

/** The column of each field of an order, in the order in which clients see them. */
const COLUMNS: Readonly<Record<keyof Order, string>> = {
  id: 'id',
  name: 'name',
  email: 'email',
  state: 'state',
  zipcode: 'zipcode',
  birthday: 'birthday',
  valid: 'valid',
  violations: 'violations',
  importId: 'import_id AS "importId"',
  record: 'record',
  line: 'line',
  originalId: 'original_id AS "originalId"',
};
const ALL = Object.keys(COLUMNS) as (keyof Order)[];

/** What a SELECT must have to give orders with these fields; `id` is always among them. */
export const columnsOf = (fields?: readonly (keyof Order)[]): string => (fields ? namesOf(fields) : ALL_NAMES);

const namesOf = (fields: readonly (keyof Order)[]): string =>
  ALL.filter((field) => field === 'id' || fields.includes(field))
    .map((field) => COLUMNS[field])
    .join(', ');
const ALL_NAMES = namesOf(ALL);
