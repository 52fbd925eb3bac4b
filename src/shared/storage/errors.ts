import { DomainError } from '../errors.js';

/** The object was there when its import was accepted and is there no more. */
export class StorageObjectGone extends DomainError {
  constructor(key: string, options: ErrorOptions = {}) {
    super('conflict', 'storage.object-gone', { key });
    this.cause = options.cause;
  }
}

/** The object is not the one that was written: other bytes, or another file under its key. */
export class StorageObjectChanged extends DomainError {
  constructor(key: string, options: ErrorOptions = {}) {
    super('conflict', 'storage.object-changed', { key });
    this.cause = options.cause;
  }
}

/** No room for the object; nothing of it was kept. The same write may succeed later. */
export class StorageFull extends DomainError {
  constructor(options: ErrorOptions = {}) {
    super('storage-full', 'storage.full');
    this.cause = options.cause;
  }
}

/** The place that STORAGE_URL names cannot be used; the message tells the operator why. Ends the start. */
export class StorageUnusable extends Error {
  override readonly name = 'StorageUnusable';
  readonly code = 'storage.unusable';

  constructor(place: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    super(`The storage ${place} cannot be used: ${reason}`, { cause });
  }
}
