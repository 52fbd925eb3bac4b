import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Ledger } from './ledger.js';
import { mountSmall } from './small-mount.js';

/** A small file system that holds the table of orders and its indexes. */
export interface OrdersSpace {
  /** Leaves less free than one chunk needs. Returns how to make room again. */
  fill(): () => void;
  /** Moves the table back to where it was. While nothing runs. */
  close(): Promise<void>;
}

/** Room for the orders of a round, beside those of the rounds before. */
const ROUND_MEGABYTES = 256;
const FREE_BYTES = 64 * 1024;

/** Moves the table there. While nothing runs. */
export async function moveOrders(ledger: Ledger): Promise<OrdersSpace> {
  const [{ data }] = (await ledger.query("SELECT current_setting('data_directory') AS data")) as [{ data: string }];
  // Beside the data, where the server's user gets.
  const folder = join(dirname(data), 'orders-space');
  const [{ mb }] = (await ledger.query("SELECT pg_total_relation_size('orders') / 1000000 AS mb")) as [{ mb: string }];
  const megabytes = ROUND_MEGABYTES + Math.ceil(Number(mb) * 1.2);
  const mount = mountSmall(folder, { megabytes, freeBytes: FREE_BYTES, owner: statSync(data) });
  const moveBack = async () => {
    try {
      await setTablespace(ledger, 'pg_default');
      await ledger.query('DROP TABLESPACE IF EXISTS orders_space');
    } finally {
      mount.unmount();
    }
  };
  try {
    if (mount.obstacle !== null) throw new Error(mount.obstacle);
    await ledger.query(`CREATE TABLESPACE orders_space LOCATION '${folder.replaceAll("'", "''")}'`);
    await setTablespace(ledger, 'orders_space');
  } catch (error) {
    await moveBack();
    throw error;
  }
  return { fill: () => mount.fill(), close: moveBack };
}

async function setTablespace(ledger: Ledger, space: string): Promise<void> {
  const indexes = await ledger.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'orders'::regclass",
  );
  await ledger.query(`ALTER TABLE orders SET TABLESPACE ${space}`);
  for (const { name } of indexes) await ledger.query(`ALTER INDEX ${name} SET TABLESPACE ${space}`);
}
