import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos, Fault, Strike } from '../fault.js';
import { ownerOf } from './owner.js';

/** Breaks the line between the last worker and PostgreSQL while that worker owns something. */
async function breakLine(chaos: Chaos, how: 'cut' | 'stall'): Promise<Strike> {
  const { service, load } = chaos;
  // No more than the others have free slots for: waiting for a slot is no part of a recovery.
  const worker = await load.during(ownerOf(chaos, service.workers.slice(-1)));
  if (!worker) return { hit: false };
  const owned = await service.ledger.ownedBy(worker.pid);
  service.databaseLine[how]();
  const brokenAt = performance.now();
  const recovered = service.ledger.takenOver(owned, brokenAt);
  await load.during(Promise.all([recovered, sleep(service.leaseMs + 500)]));
  service.databaseLine.heal();
  return { hit: owned.length > 0, recoveriesMs: await recovered };
}

export const NETWORK_FAULTS: readonly Fault[] = [
  { name: 'line of a worker to PostgreSQL cut', strike: (chaos) => breakLine(chaos, 'cut') },
  { name: 'line of a worker to PostgreSQL stalled', strike: (chaos) => breakLine(chaos, 'stall') },
];
