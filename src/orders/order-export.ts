import { csvCell, withoutFormula } from '../shared/csv-cell.js';
import type { Order } from './order.dto.js';

const COLUMNS = [
  'id',
  'name',
  'email',
  'state',
  'zipcode',
  'birthday',
  'valid',
  'violations',
  'importId',
  'record',
  'line',
  'originalId',
] as const satisfies readonly (keyof Order)[];

/** Orders as NDJSON, a batch a piece. */
export async function* ndjsonRows(
  batches: AsyncIterable<readonly Order[]> | readonly (readonly Order[])[],
): AsyncGenerator<string> {
  for await (const orders of batches) {
    const lines = orders.map((order) => `${JSON.stringify(order)}\n`).join('');
    // Both end a line for some readers of lines, Node's among them.
    yield lines.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  }
}

/**
 * Orders as CSV (RFC 4180, LF), header first, a batch a piece.
 *
 * @param isRaw leaves formulas as they are; otherwise an apostrophe goes before them
 */
export async function* csvRows(
  batches: AsyncIterable<readonly Order[]> | readonly (readonly Order[])[],
  isRaw: boolean,
): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\n`;
  for await (const orders of batches) yield orders.map((order) => csvRow(order, isRaw)).join('');
}

const csvRow = (order: Order, isRaw: boolean): string =>
  `${COLUMNS.map((column) => csvField(order[column], isRaw)).join(',')}\n`;

function csvField(value: Order[keyof Order], isRaw: boolean): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = Array.isArray(value) ? value.join(' ') : (value ?? '');
  return csvCell(isRaw ? text : withoutFormula(text), ',');
}
