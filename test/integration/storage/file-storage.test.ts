import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { openStorage, StorageFull, StorageObjectChanged, StorageUnusable } from '../../../src/shared/storage/index.js';
import { bytesOf, inPieces, MIB, stored, thenSilence } from './content.js';
import { filePlace } from './places.js';

let place: Awaited<ReturnType<typeof filePlace>>;

beforeEach(async () => {
  place = await filePlace();
});
afterEach(() => place.close());

describe('the storage in a folder', () => {
  it('makes its folder, with those above it', async () => {
    const folder = join(place.folder, 'a', 'b');
    await openStorage(`file:${folder}`).write('key', inPieces(Buffer.from('x')));
    expect(await readdir(folder)).toEqual(['key']);
  });

  it('takes a file URL as well', async () => {
    const folder = join(place.folder, 'with space');
    await openStorage(pathToFileURL(folder).href).write('key', inPieces(Buffer.from('x')));
    expect(await readdir(folder)).toEqual(['key']);
  });

  it('shows a file under its key only when it is whole', async () => {
    const seen: string[] = [];
    async function* watched() {
      for await (const piece of inPieces(randomBytes(2 * MIB))) {
        seen.push(...(await readdir(place.folder)));
        yield piece;
      }
    }
    await openStorage(place.url).write('whole', watched());
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((name) => /^whole\..*\.part$/.test(name))).toBe(true);
    expect(await place.contents()).toEqual(['whole']);
  });

  it('makes a file with the first block only: none for who sends next to nothing, one for an empty one', async () => {
    const cancel = new AbortController();
    const onSilence = async () => cancel.abort(await place.contents());
    const content = thenSilence(Buffer.from('x'), () => void onSilence());
    await openStorage(place.url)
      .write('silent', content, cancel.signal)
      .catch(() => undefined);
    expect([cancel.signal.reason, await place.contents()]).toEqual([[], []]);
    const empty = await openStorage(place.url).write('empty', inPieces(Buffer.alloc(0)));
    expect(empty.bytes).toBe(0);
    expect(await place.contents()).toEqual(['empty']);
  });

  it('notices other bytes of the same length in the same file', async () => {
    const { object } = await stored(place.url, 'same-length', 16);
    await writeFile(join(place.folder, 'same-length'), randomBytes(16 * MIB));
    await expect(bytesOf(place.url, object)).rejects.toThrow(StorageObjectChanged);
  });

  it('notices that the file was cut short while it reads', async () => {
    const { object } = await stored(place.url, 'cut', 8);
    const pieces = openStorage(place.url).read(object, 0, object.bytes)[Symbol.asyncIterator]();
    await pieces.next();
    await truncate(join(place.folder, 'cut'), 3 * MIB + 5);
    await expect(async () => {
      while (!(await pieces.next()).done);
    }).rejects.toThrow(StorageObjectChanged);
  });

  it('clears at its check what killed writes left a day ago, and nothing else', async () => {
    const dayAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
    for (const name of ['old.1.part', 'new.1.part', 'old.csv']) await writeFile(join(place.folder, name), 'x');
    for (const name of ['old.1.part', 'old.csv']) await utimes(join(place.folder, name), dayAgo, dayAgo);
    await openStorage(place.url).check();
    expect((await place.contents()).toSorted()).toEqual(['new.1.part', 'old.csv']);
  });

  it('says at its check why the folder cannot be used', async () => {
    await writeFile(join(place.folder, 'file'), 'x');
    const checking = openStorage(`file:${join(place.folder, 'file')}`).check();
    await expect(checking).rejects.toThrow(StorageUnusable);
    await expect(checking).rejects.toThrow(/The storage file:.*\/file cannot be used: EEXIST/);
  });
});

describe('the storage in a folder on a full disk', () => {
  let disk: string;
  let isMounted = false;

  beforeEach(async () => {
    disk = join(place.folder, 'disk');
    await mkdir(disk);
    isMounted = isSmallDiskMounted(disk);
  });
  afterEach(() => {
    if (isMounted) execFileSync('umount', [disk]);
  });

  it('says so, keeps nothing, and takes a file that fits', async ({ skip }) => {
    skip(!isMounted, 'only root can mount a small disk');
    const storage = openStorage(`file:${disk}`);
    for (const bytes of [4 * MIB + 1, 5 * MIB, 16 * MIB]) {
      const writing = storage.write('too-large', inPieces(randomBytes(bytes)));
      await expect(writing).rejects.toThrow(StorageFull);
      await expect(writing).rejects.toMatchObject({ kind: 'storage-full', code: 'storage.full' });
      expect(await readdir(disk)).toEqual([]);
    }
    await storage.write('fits', inPieces(randomBytes(3 * MIB)));
    expect(await readdir(disk)).toEqual(['fits']);
  });

  it('passes its check, so that a full disk stops no start', async ({ skip }) => {
    skip(!isMounted, 'only root can mount a small disk');
    await writeFile(join(disk, 'full'), randomBytes(4 * MIB));
    await openStorage(`file:${disk}`).check();
    expect(await readdir(disk)).toEqual(['full']);
  });

  it('does not end the process when it fills up while the client is silent', async ({ skip }) => {
    skip(!isMounted, 'only root can mount a small disk');
    const unhandled = vi.fn<(reason: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    const cancel = new AbortController();
    // The write of the fifth block fails with no other after it that would see the failure.
    const content = thenSilence(randomBytes(5 * MIB + 1), () => cancel.abort(new Error('too slow')));
    await expect(openStorage(`file:${disk}`).write('silent', content, cancel.signal)).rejects.toThrow('too slow');
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(await readdir(disk)).toEqual([]);
  });
});

function isSmallDiskMounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
