import { randomUUID } from 'node:crypto';

import { StorageFull } from './errors.js';
import type { Storage } from './storage.js';

/**
 * Writes, reads and removes a small object, so that a missing right or folder is found at start. A full storage passes:
 * what it holds can be read, and imports that end make room.
 */
export async function tryOut(storage: Storage): Promise<void> {
  const key = `check-${randomUUID()}`;
  try {
    await writeAndRead(storage, key);
  } catch (error) {
    if (!(error instanceof StorageFull)) throw error;
  } finally {
    await storage.remove(key);
  }
}

async function writeAndRead(storage: Storage, key: string): Promise<void> {
  const content = Buffer.from(key);
  const object = await storage.write(key, once(content));
  for await (const piece of storage.read(object, 0, object.bytes)) {
    if (!piece.equals(content)) throw new Error('it gives back other bytes than were written');
  }
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
