import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { endLeftOver, type ProcessName } from '../data-folder.js';
import { codeOf } from '../problem.js';
import { identify, worksIn } from '../process-identity.js';
import type { Say } from '../text.js';

/**
 * Ends a server that still works in the folder of this pid file, should the ledger not know it; and removes a pid file
 * that names somebody else, for PostgreSQL would refuse to start if that process is of the same user.
 */
export async function clearPidFile(name: ProcessName, path: string, say: Say): Promise<void> {
  const pid = readPid(path);
  if (pid === null) return;
  const identity = worksIn(pid, dirname(path)) ? identify(pid) : null;
  if (identity) await endLeftOver({ name, ...identity }, say);
  else rmSync(path, { force: true });
}

function readPid(path: string): number | null {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
