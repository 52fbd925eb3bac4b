import { constants, setPriority } from 'node:os';
import { drippingUploads, endlessHeaders, endlessUpload, hugeUploads, wrongPasswords } from './hostile-clients.js';
import type { Target } from './hostile-clients.js';

/** What the process of the bad clients is told. */
export interface Attack {
  readonly target: Target;
  /** Whose password is guessed. */
  readonly victim: string;
}

const SLOW_CLIENTS = 200;
const HUGE_UPLOADS = 20;
const GUESSES = 1_000;

/** All at once. Answers by kind and status. */
async function attack({ target, victim }: Attack): Promise<Record<string, unknown>> {
  const [dripping, headers, huge, endless, guesses] = await Promise.all([
    drippingUploads(target, SLOW_CLIENTS, 1_000),
    endlessHeaders(target, SLOW_CLIENTS, 1_000),
    hugeUploads(target, HUGE_UPLOADS),
    endlessUpload(target),
    wrongPasswords(target, victim, GUESSES),
  ]);
  return { dripping, headers, huge, endless, guesses };
}

// Elsewhere they have machines of their own.
setPriority(constants.priority.PRIORITY_LOW);
process.on('message', (told: Attack) => void attack(told).then((answers) => process.send?.(answers)));
process.once('disconnect', () => process.exit());
process.send?.('ready');
