import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chaos, Fault, Strike } from '../fault.js';

/** Enough that much of the file is still to be read when its first chunk is stored. */
const RECORDS = 300_000;
const BEGUN_MS = 20_000;
const FINAL_MS = 30_000;

/** Spoils the stored file of an import that runs, between two of its chunks. */
async function spoil(chaos: Chaos, code: string, change: (path: string) => void): Promise<Strike> {
  const { service, load } = chaos;
  const importId = await load.beginSpoilt(RECORDS, code);
  await load.during(
    until(BEGUN_MS, () => hasChunks(chaos, importId)),
    3,
  );
  const [row] = await service.ledger.query<{ key: string }>('SELECT storage_key AS key FROM imports WHERE id = $1', [
    importId,
  ]);
  change(join(service.folder, 'uploads', row!.key));
  const changedAt = performance.now();
  const others = (await service.ledger.openSegments()).filter((open) => open.importId !== importId && open.token > 0);
  const recovered = service.ledger.advanced(others, changedAt);
  await load.during(
    until(FINAL_MS, async () => ['completed', 'failed'].includes(await stateOf(chaos, importId))),
    3,
  );
  // It may have read the last of the file just before.
  return { hit: (await stateOf(chaos, importId)) === 'failed', recoveriesMs: await recovered };
}

async function until(withinMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await isSo()) return true;
    await sleep(10);
  }
  return false;
}

const hasChunks = async ({ service }: Chaos, importId: string): Promise<boolean> =>
  (await service.ledger.query('SELECT 1 FROM orders WHERE import_id = $1 LIMIT 1', [importId])).length > 0;

/** How it failed, and what it left, is the verdict's to say. */
async function stateOf({ service }: Chaos, importId: string): Promise<string> {
  const [row] = await service.ledger.query<{ state: string }>('SELECT state FROM imports WHERE id = $1', [importId]);
  return row!.state;
}

/** Puts other letters in their place, in every record, without a moment in which the file is shorter. */
function overwrite(path: string): void {
  const next: Readonly<Record<string, string>> = { a: 'e', e: 'i', i: 'a' };
  const other = readFileSync(path, 'latin1').replaceAll(/[aei]/g, (letter) => next[letter]!);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from(other, 'latin1'));
  closeSync(file);
}

export const SPOILT_FILE_FAULTS: readonly Fault[] = [
  {
    name: 'stored file removed under an import',
    strike: (chaos) => spoil(chaos, 'storage.object-gone', (path) => rmSync(path)),
  },
  {
    name: 'stored file changed under an import',
    strike: (chaos) => spoil(chaos, 'storage.object-changed', overwrite),
  },
];
