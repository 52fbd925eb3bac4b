import { createHash } from 'node:crypto';
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

/** Records of such a file. */
export const STORED_EARLY = 1_500;
/** A file of which some is stored before its end has come, with ids from `firstId` on. */
export const fileStoredEarly = (firstId = 1): string =>
  fileOf(...Array.from({ length: STORED_EARLY }, (_, index) => record(firstId + index)));

/** A generated file and what an import of it must come to. */
export interface GeneratedFile {
  readonly content: Buffer<ArrayBuffer>;
  readonly oracle: Oracle;
}

/** Generates a file of orders in memory. `onOrder` takes what each record would be stored as, in the digest's form. */
export async function generated(
  options: Partial<GenerateOptions>,
  onOrder?: (record: number, line: string) => void,
): Promise<GeneratedFile> {
  const folder = temporaryFolder();
  try {
    const out = join(folder, 'orders.csv');
    const oracle = await generateOrders({ ...options, out }, onOrder);
    return { oracle, content: await readFile(out) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A generated file with a letter in place of another, which an encoding lacks. */
export async function generatedWith(
  letter: string,
  instead: string,
  options: Partial<GenerateOptions>,
): Promise<GeneratedFile> {
  const lines = new Map<string, string>();
  const { oracle, content } = await generated(options, (_, line) => {
    const id = line.split('|', 1)[0]!;
    if (!lines.has(id)) lines.set(id, line.replaceAll(instead, letter));
  });
  const sum = [...lines.values()].reduce(
    (before, line) => BigInt.asUintN(64, before + createHash('sha1').update(line).digest().readBigUInt64BE(0)),
    0n,
  );
  return {
    content: Buffer.from(content.toString().replaceAll(instead, letter)),
    oracle: { ...oracle, digest: { ...oracle.digest, sum: sum.toString() } },
  };
}
