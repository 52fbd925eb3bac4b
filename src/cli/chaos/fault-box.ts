import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultPoint } from '../../shared/fault-point.js';
import { isStopped } from '../process-identity.js';

/** Asks processes of the service for faults at named points, by files in a folder: see `shared/fault-point.ts`. */
export class FaultBox {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** Waits until a process has come to the point and struck itself; its number, or null if none came in time. */
  async strike(point: FaultPoint, action: 'kill' | 'stop', withinMs = 20_000): Promise<number | null> {
    const armed = `${point}.${action}`;
    writeFileSync(join(this.folder, armed), '');
    const until = performance.now() + withinMs;
    while (performance.now() < until) {
      const pid = this.takeHit(armed);
      // It says that it is hit before it stands still; a SIGCONT in between would be lost, and it would stand for ever.
      while (pid !== null && action === 'stop' && !isStopped(pid) && performance.now() < until) await sleep(1);
      if (pid !== null) return pid;
      await sleep(5);
    }
    rmSync(join(this.folder, armed), { force: true });
    return this.takeHit(armed);
  }

  private takeHit(armed: string): number | null {
    const hit = readdirSync(this.folder).find((name) => name.startsWith(`${armed}.hit.`));
    if (hit === undefined) return null;
    rmSync(join(this.folder, hit));
    return Number(hit.split('.').at(-1));
  }
}
