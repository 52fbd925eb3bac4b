import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faketimeLibrary, faketimeObstacle } from '../faketime.js';
import type { Fault } from '../fault.js';

const JUMPS = ['+3600', '-3600', '+86400', '+0', '-1800', '+7200'];
const HALF_AN_HOUR_MS = 1_800_000;

/** The clock of a worker and of the API jumps to and fro while imports run; PostgreSQL's does not. */
export const clockJumps: Fault = {
  name: 'clocks of API and a worker jump by hours',
  obstacle: faketimeObstacle,
  async strike({ service, load, random }) {
    const offset = join(service.folder, 'clock');
    writeFileSync(offset, '+0\n');
    const env = {
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      // A jump of the wall clock only: the other one never jumps.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const jumping = [service.api, service.workers[0]!];
    const from = jumping.map(({ log }) => statSync(log).size);
    await Promise.all(jumping.map((member) => member.startAnew(env)));
    const jump = async () => {
      for (const to of JUMPS) {
        writeFileSync(offset, `${to}\n`);
        await sleep(400 + random.below(400));
      }
    };
    await load.during(jump(), 3);
    await Promise.all(jumping.map((member) => member.startAnew({})));
    return { hit: jumping.every(({ log }, index) => sawJump(log, from[index]!)) };
  },
};

/** Whether times in what was logged from here on are hours apart. */
function sawJump(log: string, from: number): boolean {
  const lines = readFileSync(log).subarray(from).toString();
  const times = [...lines.matchAll(/"@timestamp":"([^"]+)"/g)].map(([, time]) => Date.parse(time!));
  return Math.max(...times) - Math.min(...times) > HALF_AN_HOUR_MS;
}
