import { Redis } from 'ioredis';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos, Fault, Strike } from '../fault.js';
import { ownerOf } from './owner.js';
import { advances } from './stop-faults.js';

/** Longest that an upload may be answered late because Redis is away, milliseconds. */
const ANSWER_MS = 5_000;
/** Longest until an import that nobody could ring for is taken up, milliseconds. */
const START_MS = 15_000;
/** Longest until jobs come and are taken again when Redis is back, milliseconds. */
const HEARD_MS = 10_000;

/** Asks Redis itself, past the line that a fault may have cut. */
async function withRedis<T>({ service }: Chaos, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(service.services.redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Breaks Redis while imports run; sends another import meanwhile, which must be answered and taken up all the same. */
async function breakRedis(chaos: Chaos, break_: () => Promise<boolean>, mend: () => Promise<void>): Promise<Strike> {
  const { service, load } = chaos;
  await load.during(ownerOf(chaos, service.workers), 3);
  const brokenAt = performance.now();
  const broken = break_();
  const recovered = advances(chaos, brokenAt);
  recovered.catch(() => undefined);
  const [struck, meanwhile] = await Promise.allSettled([broken, sendMeanwhile(chaos)]);
  await mend();
  if (struck.status === 'rejected') throw struck.reason;
  if (meanwhile.status === 'rejected') throw meanwhile.reason;
  const differences = [...meanwhile.value, ...(await ringsUnheard(chaos))];
  return { hit: struck.value, recoveriesMs: await recovered, differences };
}

/** Sweeping would hide that a process never finds back to a Redis that has returned: jobs must come and be taken again. */
async function ringsUnheard(chaos: Chaos): Promise<string[]> {
  const until = performance.now() + HEARD_MS;
  const added = await withRedis(chaos, jobsAdded);
  while (performance.now() < until) {
    await chaos.load.begin();
    await sleep(200);
    const isHeard = await withRedis(chaos, async (redis) => (await jobsAdded(redis)) > added && (await isIdle(redis)));
    if (isHeard) return [];
  }
  return [`${HEARD_MS} ms after the return of Redis no job is added and taken`];
}

/** Bull numbers the jobs that are added, also those that have an id of their own. */
const jobsAdded = async (redis: Redis): Promise<number> => Number(await redis.get('acme-orders:imports:id'));
const isIdle = async (redis: Redis): Promise<boolean> => (await redis.llen('acme-orders:imports:wait')) === 0;

async function sendMeanwhile({ service, load }: Chaos): Promise<string[]> {
  const sentAt = performance.now();
  await load.begin();
  const answeredMs = performance.now() - sentAt;
  const { importId } = load.sent.at(-1)!;
  while (performance.now() - sentAt - answeredMs < START_MS) {
    const [taken] = await service.ledger.query("SELECT 1 FROM imports WHERE id = $1 AND state <> 'queued'", [importId]);
    if (taken) break;
    await sleep(20);
  }
  const startedMs = performance.now() - sentAt - answeredMs;
  return [
    ...(answeredMs > ANSWER_MS ? [`an upload was answered after ${Math.round(answeredMs)} ms`] : []),
    ...(startedMs >= START_MS ? [`import ${importId} was not taken up within ${START_MS} ms`] : []),
  ];
}

const flushed: Fault = {
  name: 'Redis FLUSHALL',
  strike: (chaos) =>
    breakRedis(
      chaos,
      () =>
        withRedis(chaos, async (redis) => {
          const held = await redis.dbsize();
          await redis.flushall();
          return held > 0;
        }),
      async () => undefined,
    ),
};

const killedWithoutData: Fault = {
  name: 'Redis kill -9, back without its data',
  strike: (chaos) => {
    const { services, folder } = chaos.service;
    const before = services.redisPid;
    const isBackEmpty = () => withRedis(chaos, async (redis) => (await redis.ping()) === 'PONG');
    return breakRedis(
      chaos,
      async () => {
        process.kill(before!, 'SIGKILL');
        rmSync(join(folder, 'redis', 'appendonlydir'), { recursive: true, force: true });
        return (await isBackEmpty()) && services.redisPid !== before;
      },
      async () => undefined,
    );
  },
};

const away: Fault = {
  name: 'Redis refuses connections for a while',
  strike: (chaos) => {
    const { redisLine } = chaos.service;
    return breakRedis(
      chaos,
      async () => {
        const hit = redisLine.lines > 0;
        redisLine.cut();
        await sleep(3_000);
        return hit && redisLine.lines === 0;
      },
      async () => redisLine.heal(),
    );
  },
};

const frozen: Fault = {
  name: 'Redis frozen for a while',
  strike: (chaos) => {
    const pid = chaos.service.services.redisPid!;
    return breakRedis(
      chaos,
      async () => {
        process.kill(pid, 'SIGSTOP');
        await sleep(3_000);
        return true;
      },
      async () => void process.kill(pid, 'SIGCONT'),
    );
  },
};

/** Less than a Redis needs that holds nothing. */
const SMALL = { maxmemory: '512kb', 'maxmemory-policy': 'allkeys-lru' };
/** As the service starts its own Redis. */
const USUAL = { maxmemory: '0', 'maxmemory-policy': 'noeviction' };
/** Longest until the API tells that Redis may forget jobs, milliseconds. */
const TOLD_MS = 10_000;

/** Redis has too little room and throws away what it holds, jobs that wait among it. */
const evicting: Fault = {
  name: 'Redis set to evict',
  async strike(chaos) {
    const untold: string[] = [];
    const set = (settings: Readonly<Record<string, string>>) =>
      withRedis(chaos, (redis) => redis.config('SET', ...Object.entries(settings).flat()));
    const strike = await breakRedis(
      chaos,
      async () => {
        const before = await forgotten(chaos);
        await set(SMALL);
        untold.push(...(await untoldEviction(chaos)));
        return (await forgotten(chaos)) > before;
      },
      async () => void (await set(USUAL)),
    );
    return { ...strike, differences: [...strike.differences!, ...untold] };
  },
};

/** Keys that Redis has thrown away, and commands that it refused for want of room. */
async function forgotten(chaos: Chaos): Promise<number> {
  const info = await withRedis(chaos, async (redis) => (await redis.info('stats')) + (await redis.info('errorstats')));
  const counts = [/evicted_keys:(\d+)/, /errorstat_OOM:count=(\d+)/].map((line) => Number(line.exec(info)?.[1] ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

interface Readiness {
  readonly status: string;
  readonly details: { readonly redis?: { readonly reason?: string } };
}

/** Waits until the API says that Redis may evict; what it says instead, if it does not. */
async function untoldEviction({ service }: Chaos): Promise<string[]> {
  const until = performance.now() + TOLD_MS;
  for (;;) {
    const answer = await fetch(`${service.origin}/health/ready`).catch(() => null);
    const body = answer ? ((await answer.json()) as Readiness) : null;
    if (body?.status === 'degraded' && body.details.redis?.reason === 'may-evict') return [];
    if (performance.now() > until) return [`/health/ready does not tell that Redis may evict: ${JSON.stringify(body)}`];
    await sleep(100);
  }
}

export const REDIS_FAULTS: readonly Fault[] = [flushed, killedWithoutData, away, frozen, evicting];
