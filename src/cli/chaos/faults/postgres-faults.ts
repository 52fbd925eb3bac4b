import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../fault.js';
import { ownerOf } from './owner.js';
import { advances } from './stop-faults.js';

const BACK_MS = 60_000;

/** What `pg_ctl -m immediate restart` does: SIGQUIT, and recovery from the log at the next start. */
const immediateRestart: Fault = {
  name: 'PostgreSQL immediate restart, from its return',
  async strike(chaos) {
    const { service, load, random } = chaos;
    await load.during(ownerOf(chaos, service.workers), 3);
    await sleep(random.below(200));
    const before = service.services.postgresPid!;
    const uploads = [load.begin(2), load.begin(1)];
    process.kill(before, 'SIGQUIT');
    const until = performance.now() + BACK_MS;
    const isBack = () => ![before, undefined].includes(service.services.postgresPid);
    while (!isBack() && performance.now() < until) await sleep(20);
    // Answered as soon as the server has recovered and takes connections again; that takes it what it takes.
    await service.ledger.query('SELECT 1');
    const recoveriesMs = await advances(chaos, performance.now());
    await Promise.all(uploads);
    return { hit: isBack(), recoveriesMs };
  },
};

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'acme-orders%'`;
const ROUNDS = 5;

/** Every connection of the service is ended, again and again. */
const terminated: Fault = {
  name: 'pg_terminate_backend, all, five times',
  async strike(chaos) {
    const { service, load, random } = chaos;
    await load.during(ownerOf(chaos, service.workers), 3);
    let ended = 0;
    const loop = async () => {
      for (let round = 0; round < ROUNDS; round++) {
        ended += (await service.ledger.query(TERMINATE)).length;
        await sleep(400 + random.below(400));
      }
    };
    await load.during(loop(), 3);
    const lastAt = performance.now();
    ended += (await service.ledger.query(TERMINATE)).length;
    return { hit: ended > ROUNDS, recoveriesMs: await advances(chaos, lastAt) };
  },
};

export const POSTGRES_FAULTS: readonly Fault[] = [immediateRestart, terminated];
