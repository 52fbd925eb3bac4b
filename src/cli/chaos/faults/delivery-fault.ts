import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos, Fault } from '../fault.js';
import type { OpenSegment } from '../ledger.js';

/** Where Bull 4 keeps a queue: `<prefix>:<queue>:<job id>` is a job, `<prefix>:<queue>:<list>` a list of ids. */
const QUEUE = 'acme-orders:imports';
const COPIES = 8;
/** Longest until workers have taken all copies, milliseconds. */
const TAKEN_MS = 5_000;
/** Longest until copies were taken while a worker was at the import, milliseconds. */
const PATIENCE_MS = 20_000;

/** A job of an import that a worker is at waits many times over, as Bull does with a job that it thinks stalled. */
export const doubleDelivery: Fault = {
  name: 'Bull job delivered to several workers at once',
  async strike(chaos) {
    const redis = new Redis(chaos.service.services.redisUrl);
    try {
      return { hit: await chaos.load.during(deliverUntilHit(chaos, redis), 3) };
    } finally {
      redis.disconnect();
    }
  },
};

async function deliverUntilHit(chaos: Chaos, redis: Redis): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const owned = await ownedSegments(chaos);
    if (owned.length > 0 && (await deliverAll(chaos, redis, chaos.random.pick(owned)))) return true;
    await sleep(10);
  }
  return false;
}

async function ownedSegments({ service }: Chaos): Promise<OpenSegment[]> {
  return (await service.ledger.openSegments()).filter(({ owner }) => owner !== null);
}

/** Returns whether all copies were taken while the worker that had the import was still at it. */
async function deliverAll(chaos: Chaos, redis: Redis, { importId, owner }: OpenSegment): Promise<boolean> {
  // An id of its own: Bull forgets the job that the service added as soon as it has ended once.
  const jobId = `${importId}:${randomUUID()}`;
  await redis.hset(`${QUEUE}:${jobId}`, jobOf(importId));
  await redis.lpush(`${QUEUE}:wait`, ...Array.from({ length: COPIES }, () => jobId));
  const isTaken = await allTaken(redis, jobId);
  const owned = await ownedSegments(chaos);
  await redis.lrem(`${QUEUE}:wait`, 0, jobId);
  return isTaken && owned.some((segment) => segment.importId === importId && segment.owner === owner);
}

async function allTaken(redis: Redis, jobId: string): Promise<boolean> {
  const until = performance.now() + TAKEN_MS;
  while ((await redis.lpos(`${QUEUE}:wait`, jobId)) !== null) {
    if (performance.now() > until) return false;
    await sleep(2);
  }
  return true;
}

/** The fields that Bull 4 writes. The job stays when it is done, so that every copy carries its data. */
const jobOf = (importId: string): Record<string, string | number> => ({
  name: '__default__',
  data: JSON.stringify({ importId }),
  opts: JSON.stringify({ attempts: 1, delay: 0, timestamp: Date.now() }),
  timestamp: Date.now(),
  delay: 0,
  priority: 0,
});
