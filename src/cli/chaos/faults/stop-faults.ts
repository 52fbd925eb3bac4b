import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPoint } from '../../../shared/fault-point.js';
import type { Chaos, Fault } from '../fault.js';

const POINTS: readonly FaultPoint[] = ['before-copy', 'mid-copy', 'after-copy-before-commit'];

/** A worker stands still in the middle of a chunk until long after its lease, and then goes on as if nothing was. */
const stoppedWorker: Fault = {
  name: 'SIGSTOP worker beyond its lease, SIGCONT',
  async strike({ service, load, random }) {
    const pid = await load.during(service.faultBox.strike(random.pick(POINTS), 'stop'));
    if (pid === null) return { hit: false };
    const stoppedAt = performance.now();
    const owned = await service.ledger.ownedBy(pid);
    const recovered = service.ledger.takenOver(owned, stoppedAt);
    await load.during(Promise.all([recovered, sleep(service.leaseMs + 500)]));
    process.kill(pid, 'SIGCONT');
    return { hit: owned.length > 0, recoveriesMs: await recovered };
  },
};

/** The API stands still while uploads are under way. */
const stoppedApi: Fault = {
  name: 'SIGSTOP API for a while, SIGCONT',
  async strike({ service, load, random }) {
    const { accepted } = await load.beginSlowly(2, 5);
    await sleep(random.below(200));
    const hit = load.sending > 0;
    service.api.signal('SIGSTOP');
    await sleep(1_000 + random.below(2_000));
    service.api.signal('SIGCONT');
    await accepted;
    return { hit };
  },
};

export const STOP_FAULTS: readonly Fault[] = [stoppedWorker, stoppedApi];

/** Whatever a worker had begun has its next chunk after so many milliseconds from `since`. */
export async function advances({ service }: Chaos, since: number): Promise<number[]> {
  const running = (await service.ledger.openSegments()).filter(({ token }) => token > 0);
  return service.ledger.advanced(running, since);
}
