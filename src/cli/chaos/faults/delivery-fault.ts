import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { ownerOf } from './owner.js';

/** Where Bull keeps the ids of jobs that wait and of those that are worked on (Bull 4: `<prefix>:<queue>:<list>`). */
const WAIT = 'acme-orders:imports:wait';
const ACTIVE = 'acme-orders:imports:active';
const COPIES = 8;

/** The job of an import that runs is put back to wait, again and again, as Bull does with a job that it thinks stalled. */
export const doubleDelivery: Fault = {
  name: 'Bull job delivered to several workers at once',
  async strike(chaos) {
    const { service, load } = chaos;
    const redis = new Redis(service.services.redisUrl);
    try {
      await load.during(ownerOf(chaos, service.workers), 3);
      const active = await load.during(firstActive(redis));
      if (active === null) return { hit: false };
      await redis.lpush(WAIT, ...Array.from({ length: COPIES }, () => active));
      // Taken means delivered: to whoever waited, while its first owner is still at it.
      while ((await redis.lpos(WAIT, active)) !== null) await sleep(5);
      return { hit: true };
    } finally {
      redis.disconnect();
    }
  },
};

async function firstActive(redis: Redis): Promise<string | null> {
  for (let look = 0; look < 400; look++) {
    const [active] = await redis.lrange(ACTIVE, 0, 0);
    if (active !== undefined) return active;
    await sleep(10);
  }
  return null;
}
