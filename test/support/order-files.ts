import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generateOrders, type GenerateOptions, type Oracle } from '../../src/cli/generate-orders.js';
import { temporaryFolder } from './folders.js';

export const HEADER = 'id|name|email|state|zipcode|birthday';

/** A valid order as it stands in a file. */
export interface WrittenOrder {
  readonly id: number | string;
  readonly name: string;
  readonly email: string;
  readonly state: string;
  readonly zipcode: string;
  readonly birthday: string;
}

/** A record that breaks no rule, but for what is given. Ids that follow each other have other destinations. */
export function record(id: number | string, given: Partial<WrittenOrder> = {}): string {
  const zipcode = Number(id) % 2 === 0 ? '10002' : '10001';
  const email = `customer${id}@example.com`;
  const order = { id, name: `Customer ${id}`, email, state: 'IA', zipcode, birthday: 'Feb 27, 1963', ...given };
  return [order.id, order.name, order.email, order.state, order.zipcode, order.birthday].join('|');
}

/** A file of records below the header. */
export const fileOf = (...records: string[]): string => [HEADER, ...records, ''].join('\n');

/** A generated file and what an import of it must come to. */
export interface GeneratedFile {
  readonly content: Buffer<ArrayBuffer>;
  readonly oracle: Oracle;
}

/** Generates a file of orders in memory. */
export async function generated(options: Partial<GenerateOptions>): Promise<GeneratedFile> {
  const folder = temporaryFolder();
  try {
    const out = join(folder, 'orders.csv');
    const oracle = await generateOrders({ ...options, out });
    return { oracle, content: await readFile(out) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
