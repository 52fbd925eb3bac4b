import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from '../client-view.js';
import type { Chaos, Fault, Strike } from '../fault.js';
import { moveOrders, type OrdersSpace } from '../orders-space.js';
import { ownerOf } from './owner.js';
import { advances } from './stop-faults.js';

const FULL_MS = 4_000;
/** Longest until imports go on by themselves when there is room again, milliseconds. */
const GO_ON_MS = 15_000;
const FINAL_MS = 60_000;

/** PostgreSQL cannot store an order for want of room, for a while: imports wait, and then go on. */
export const ordersFull: Fault = {
  name: 'file system of orders full',
  obstacle: ({ service }) => service.uploads.obstacle,
  onEmptyTables: true,
  async strike(chaos) {
    const space = await moveOrders(chaos.service.ledger);
    try {
      return await strikeIn(chaos, space);
    } finally {
      await space.close();
    }
  },
};

async function strikeIn(chaos: Chaos, space: OrdersSpace): Promise<Strike> {
  const { service, load } = chaos;
  const log = join(service.folder, 'logs', 'postgres.log');
  await load.during(ownerOf(chaos, service.workers), 3);
  const from = statSync(log).size;
  const makeRoom = space.fill();
  const differences = await load.during(whileFull(chaos), 3).finally(makeRoom);
  const recoveriesMs = await advances(chaos, performance.now());
  await allFinal(chaos);
  const late = recoveriesMs.filter((ms) => ms > GO_ON_MS && ms < Infinity);
  return {
    hit: readFileSync(log).subarray(from).includes('No space left on device'),
    recoveriesMs,
    differences: [...differences, ...late.map((ms) => `a segment went on ${Math.round(ms)} ms after there was room`)],
  };
}

/** An import says that it waits for room, and none fails. */
async function whileFull(chaos: Chaos): Promise<string[]> {
  const until = performance.now() + FULL_MS;
  let isTold = false;
  while (performance.now() < until) {
    isTold ||= await tellsOfFullDisk(chaos);
    await sleep(100);
  }
  const failed = await chaos.service.ledger.query<{ id: string }>("SELECT id FROM imports WHERE state = 'failed'");
  return [
    ...failed.map(({ id }) => `import ${id} failed for want of room`),
    ...(isTold ? [] : ['no import told that it waits for room']),
  ];
}

async function tellsOfFullDisk({ service }: Chaos): Promise<boolean> {
  const running = await service.ledger.query<{ id: string }>("SELECT id FROM imports WHERE state = 'running'");
  const statuses = await Promise.all(running.map(({ id }) => statusOf(service.origin, id)));
  return statuses.some((status) => typeof status !== 'string' && status.waiting?.code === 'storage.full');
}

/** The table can be moved back when nobody writes it. */
async function allFinal({ service }: Chaos): Promise<void> {
  const until = performance.now() + FINAL_MS;
  while ((await service.ledger.openSegments()).length > 0 && performance.now() < until) await sleep(50);
}
