import { Module, type DynamicModule } from '@nestjs/common';

import { openStorage } from './open-storage.js';

/** Injects the `Storage` of uploaded files. */
export const STORAGE = Symbol('Storage');

/** Gives every module the storage of uploaded files. */
@Module({})
export class StorageModule {
  /** `url` is STORAGE_URL. The application does not start when the place cannot be used. */
  static forRoot(url: string): DynamicModule {
    const provider = { provide: STORAGE, useFactory: () => openCheckedStorage(url) };
    return { module: StorageModule, global: true, providers: [provider], exports: [STORAGE] };
  }
}

async function openCheckedStorage(url: string) {
  const storage = openStorage(url);
  await storage.check();
  return storage;
}
