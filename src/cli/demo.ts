import { join } from 'node:path';
import { generateOrders } from './generate-orders.js';
import { showProblem, type Console } from './program.js';
import { sendImport } from './send-import.js';
import { apiBase, exists, type ServiceClient } from './service-client.js';

/** Where the demo sends its orders, and where it keeps its sample file. */
export interface DemoOptions {
  readonly origin: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const ORDERS = 100_000;
const SEED = 7;

/** Generates a sample file and has it imported by the running service, as any client would. */
export async function runDemo({ origin, folder, signal }: DemoOptions, console: Console): Promise<void> {
  const client: ServiceClient = { base: apiBase(origin), language: console.text.language, signal };
  try {
    const firstId = await firstFreeId(client);
    const path = join(folder, 'sample-orders.csv');
    console.terminal.say(console.text('demo.generating', { orders: ORDERS, path }));
    await generateOrders({ rows: ORDERS, seed: SEED, firstId, out: path });
    await sendImport(client, { path, query: {} }, console);
  } catch (error) {
    signal.throwIfAborted();
    // The service stays up for whoever wants to look into it.
    showProblem(error, console);
  }
}

/** The first order of the first block of ids that no demo has used: else everything would be a duplicate. */
async function firstFreeId(client: ServiceClient): Promise<number> {
  let id = 1;
  while (await exists(client, `/orders/${id}`)) id += ORDERS;
  return id;
}
