export * as storageErrors from './errors.js';
export { StorageFull, StorageObjectChanged, StorageObjectGone, StorageUnusable } from './errors.js';
export { folderOf, openStorage } from './open-storage.js';
export type { Storage, StoredObject } from './storage.js';
export { STORAGE, StorageModule } from './storage.module.js';
