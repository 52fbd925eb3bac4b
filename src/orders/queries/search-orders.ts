import type { DataSource } from 'typeorm';
import { copyFewOn, type Statement } from '../../shared/copy-out.js';
import { inTransaction } from '../../shared/in-transaction.js';
import { isTimedOut } from '../../shared/passing-fault.js';

/** How long the way by ascending ids may take, milliseconds; it takes a tenth of that for what is spread evenly. */
const FIRST_TRY_MS = 500;

/**
 * Rows of orders, as `copyFew` gives them, that are looked for by something that `orders_search` knows. PostgreSQL goes
 * through the orders by id where many fit, and takes them from the index and sorts them where few do. The first goes wrong
 * where those that fit stand close together far behind; then the other way is taken.
 */
export async function searchOrders(database: DataSource, statement: Statement): Promise<Buffer> {
  const rowsAfter = (setting: string) =>
    inTransaction(database, async (client) => {
      await client.query(setting);
      return copyFewOn(client, statement);
    });
  try {
    return await rowsAfter(`SET LOCAL statement_timeout = ${FIRST_TRY_MS}`);
  } catch (error) {
    if (!isTimedOut(error)) throw error;
    return await rowsAfter('SET LOCAL enable_indexscan = off');
  }
}
