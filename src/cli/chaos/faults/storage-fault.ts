import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../fault.js';

/** The file system of uploads is full, and then is not. */
export const storageFull: Fault = {
  name: 'file system of uploads full',
  obstacle: ({ service }) => service.uploads.obstacle,
  async strike({ service, load }) {
    const names = () => readdirSync(join(service.folder, 'uploads')).filter((name) => name !== 'filler');
    await load.keepBusy(2);
    const before = names();
    const makeRoom = service.uploads.fill();
    const answers = [await load.sendOnce(), await load.sendOnce()];
    const left = names().filter((name) => !before.includes(name));
    makeRoom();
    await load.begin();
    const wrong = answers.filter((answer) => answer !== 507);
    return {
      hit: wrong.length < answers.length,
      differences: [
        ...wrong.map((answer) => `an upload to a full file system was answered ${answer}, not 507`),
        ...left.map((name) => `a refused upload left ${name}`),
      ],
    };
  },
};
