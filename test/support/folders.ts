import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../src/cli/data-folder.js';

const PREFIX = 'acme-orders-test-';
const ABANDONED_MS = 10 * 60_000;

/** A new empty folder that every user of the machine may enter: as root, PostgreSQL runs as another one. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o755);
  return folder;
}

/** Deletes a data folder, after whatever a killed launcher left running there was ended. */
export async function removeDataFolder(folder: string): Promise<void> {
  const owned = await openDataFolder(folder, () => {});
  owned.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Ends the services and deletes the folders of earlier test runs that were killed. */
export async function sweepAbandonedFolders(): Promise<void> {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(folders.map((name) => sweep(join(tmpdir(), name))));
}

async function sweep(folder: string): Promise<void> {
  try {
    if (Date.now() - statSync(folder).mtimeMs < ABANDONED_MS) return;
    // Fails where a run that is not over holds the folder's lock.
    await removeDataFolder(folder);
  } catch {
    // Somebody else's, or in use: not ours to sweep.
  }
}
