import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPoint } from '../../../shared/fault-point.js';
import type { Chaos, Fault, Strike } from '../fault.js';
import { ownerOf } from './owner.js';

const NO_HIT: Strike = { hit: false };

/** kill -9 of a worker, at the point, by itself. */
const workerAt = (point: FaultPoint): Fault => ({
  name: `kill -9 worker ${point}`,
  async strike({ service, load }) {
    const pid = await load.during(service.faultBox.strike(point, 'kill'));
    return pid === null ? NO_HIT : { hit: true, recoveriesMs: await service.recoveryOf(pid) };
  },
});

/** kill -9 of a worker while PostgreSQL says that it is in the middle of a COPY. */
const workerInCopy: Fault = {
  name: 'kill -9 worker mid-copy',
  async strike(chaos) {
    const { service, load } = chaos;
    for (let attempt = 0; attempt < 10; attempt++) {
      const pid = await load.during(service.faultBox.strike('mid-copy', 'stop'));
      if (pid === null) return NO_HIT;
      const insideCopy = await isInCopy(chaos);
      process.kill(pid, insideCopy ? 'SIGKILL' : 'SIGCONT');
      if (insideCopy) return { hit: true, insideCopy, recoveriesMs: await service.recoveryOf(pid) };
    }
    return NO_HIT;
  },
};

/** Whether a COPY waits for the stopped worker: one that stays while those of other workers come and go. */
async function isInCopy({ service }: Chaos): Promise<boolean> {
  const copies = () =>
    service.ledger.query<{ key: string }>(
      `SELECT copy.pid || ' ' || session.query_start AS key FROM pg_stat_progress_copy copy
       JOIN pg_stat_activity session USING (pid) WHERE copy.command = 'COPY FROM' AND session.wait_event = 'ClientRead'`,
    );
  const before = await copies();
  await sleep(60);
  const after = new Set((await copies()).map(({ key }) => key));
  return before.some(({ key }) => after.has(key));
}

/** kill -9 of a worker that owns something, at any moment. */
const workerAnywhere: Fault = {
  name: 'kill -9 worker at random',
  async strike(chaos) {
    const { service, load, random } = chaos;
    const member = await load.during(ownerOf(chaos, service.workers));
    if (!member) return NO_HIT;
    await sleep(random.below(250));
    const { pid } = member;
    const isOwner = (await service.ledger.ownedBy(pid)).length > 0;
    member.kill();
    return { hit: isOwner, recoveriesMs: await load.during(service.recoveryOf(pid)) };
  },
};

/** kill -9 of the API at the point, during an upload. */
const apiAt = (point: FaultPoint): Fault => ({
  name: `kill -9 API ${point}`,
  async strike({ service, load, random }) {
    const { accepted } = await load.beginSlowly(2, random.below(8));
    if (point === 'while-uploading') await sleep(random.below(150));
    const hit = load.during(service.faultBox.strike(point, 'kill'), 1);
    await accepted;
    return { hit: (await hit) !== null };
  },
});

/** kill -9 of the API while uploads are under way, at any moment. */
const apiAnywhere: Fault = {
  name: 'kill -9 API at random',
  async strike({ service, load, random }) {
    const { accepted } = await load.beginSlowly(2, 5);
    await sleep(random.below(200));
    const hit = load.sending > 0;
    service.api.kill();
    await accepted;
    return { hit };
  },
};

/** Every way in which a process of the service is killed, with its share of all kills. */
export const KILL_FAULTS: readonly (readonly [fault: Fault, share: number])[] = [
  [workerAt('after-claim'), 2],
  [workerAt('before-copy'), 5],
  [workerInCopy, 10],
  [workerAt('after-copy-before-commit'), 8],
  [workerAt('after-commit-before-event'), 6],
  [workerAnywhere, 8],
  [apiAt('while-uploading'), 3],
  [apiAt('after-upload-stored'), 2],
  [apiAt('before-accept-commit'), 2],
  [apiAt('after-commit-before-ring'), 2],
  [apiAt('after-ring-before-answer'), 2],
  [apiAnywhere, 2],
];
