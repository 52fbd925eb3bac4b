import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos } from '../fault.js';
import type { Member } from '../fleet.js';

const WITHIN_MS = 20_000;

/** Waits until one of these workers owns a segment; null if none does in time. */
export async function ownerOf({ service, random }: Chaos, among: readonly Member[]): Promise<Member | null> {
  const until = performance.now() + WITHIN_MS;
  while (performance.now() < until) {
    const owners = await service.ledger.owners();
    const owning = among.filter(({ pid }) => owners.includes(pid));
    if (owning.length > 0) return random.pick(owning);
    await sleep(10);
  }
  return null;
}
