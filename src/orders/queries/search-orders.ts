import type { DataSource } from 'typeorm';
import { inTransaction } from '../../shared/in-transaction.js';
import { isTimedOut } from '../../shared/passing-fault.js';
import { PARSERS_OF_ROWS } from '../../shared/prepared.js';

/** How long the way by ascending ids may take, milliseconds; it takes a tenth of that for what is spread evenly. */
const FIRST_TRY_MS = 500;

/**
 * Rows of orders that are looked for by something that `orders_search` knows. PostgreSQL goes through the orders by id
 * where many fit, and takes them from the index and sorts them where few do. The first goes wrong where those that fit
 * stand close together far behind; then the other way is taken.
 */
export async function searchOrders<R>(database: DataSource, text: string, values: readonly unknown[]): Promise<R[]> {
  const query = { text, values: [...values], types: PARSERS_OF_ROWS };
  const rowsAfter = (setting: string) =>
    inTransaction(database, async (client) => {
      await client.query(setting);
      return (await client.query(query)).rows as R[];
    });
  try {
    return await rowsAfter(`SET LOCAL statement_timeout = ${FIRST_TRY_MS}`);
  } catch (error) {
    if (!isTimedOut(error)) throw error;
    return await rowsAfter('SET LOCAL enable_indexscan = off');
  }
}
