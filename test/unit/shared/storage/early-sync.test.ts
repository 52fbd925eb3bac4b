import type { FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { EarlySync } from '../../../../src/shared/storage/early-sync.js';

const MIB = 1024 * 1024;

/** A file that notes what is asked of it; the n-th early sync ends as told. */
function fileThat(...ends: Promise<void>[]): { file: FileHandle; asked: string[] } {
  const asked: string[] = [];
  const file = {
    datasync: () => (asked.push('datasync'), ends.shift() ?? Promise.resolve()),
    sync: () => (asked.push('sync'), Promise.resolve()),
  };
  return { file: file as unknown as FileHandle, asked };
}

describe('EarlySync', () => {
  it('begins after eight MiB, one at a time, and ends with a sync of everything', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { file, asked } = fileThat(promise);
    const sync = new EarlySync(file);
    for (let written = 0; written < 7; written++) sync.note(MIB);
    expect(asked).toEqual([]);
    for (let written = 0; written < 20; written++) sync.note(MIB);
    expect(asked).toEqual(['datasync']);
    const finished = sync.finish();
    resolve();
    await finished;
    expect(asked).toEqual(['datasync', 'sync']);
  });

  it('fails at the end where an early one failed, because the system tells of an error once', async () => {
    const { file } = fileThat(Promise.reject(new Error('EIO')));
    const sync = new EarlySync(file);
    sync.note(8 * MIB);
    await new Promise(setImmediate);
    await expect(sync.finish()).rejects.toThrow('EIO');
  });
});
