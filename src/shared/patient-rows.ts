import type { DataSource } from 'typeorm';
import { inTransaction } from './in-transaction.js';
import { isTimedOut } from './passing-fault.js';
import { PARSERS_OF_ROWS, rowsOf, type Prepared } from './prepared.js';

/** Rows as `rowsOf` gives them, for what may take long: a statement that runs into the limit is asked again without one. */
export async function patientRowsOf<R>(
  database: DataSource,
  statement: Prepared,
  values: readonly unknown[],
): Promise<R[]> {
  try {
    return await rowsOf<R>(database, statement, values);
  } catch (error) {
    if (!isTimedOut(error)) throw error;
    return await inTransaction(database, async (client) => {
      await client.query('SET LOCAL statement_timeout = 0');
      return (await client.query({ ...statement, values: [...values], types: PARSERS_OF_ROWS })).rows as R[];
    });
  }
}
