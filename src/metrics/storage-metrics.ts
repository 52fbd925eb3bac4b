import { Inject, Injectable } from '@nestjs/common';
import { statfs } from 'node:fs/promises';
import { CONFIG, type Config } from '../config.js';
import { folderOf } from '../shared/storage/index.js';
import { Metrics } from './metrics.js';

/** How much room the folder of the uploads has. S3 knows no such thing, and has no such series. */
@Injectable()
export class StorageMetrics {
  constructor(metrics: Metrics, @Inject(CONFIG) { storageUrl }: Config) {
    const folder = folderOf(storageUrl);
    if (folder === null) return;
    const look = async (): Promise<void> => {
      // A folder that is gone for the moment shows in what cannot be stored.
      const found = await statfs(folder).catch(() => null);
      if (!found) return;
      free.set(found.bavail * found.bsize);
      size.set(found.blocks * found.bsize);
    };
    const free = metrics.gauge(
      'storage_free_bytes',
      'Room that is left where uploads are kept in a folder.',
      undefined,
      look,
    );
    const size = metrics.gauge(
      'storage_size_bytes',
      'Size of the disk on which uploads are kept in a folder.',
      undefined,
      look,
    );
  }
}
