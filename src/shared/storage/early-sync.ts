import type { FileHandle } from 'node:fs/promises';

/** Bytes after which the disk is told to begin. */
const SYNC_BYTES = 8 * 1024 * 1024;

/** Lets the disk begin with a file while the rest of it is still written, so that little is left to wait for at the end. */
export class EarlySync {
  private unsynced = 0;
  private syncing: Promise<void> | null = null;
  private fault: { readonly error: unknown } | null = null;

  constructor(private readonly file: FileHandle) {}

  /** So many more bytes are written. Waits for nothing. */
  note(bytes: number): void {
    this.unsynced += bytes;
    if (this.unsynced < SYNC_BYTES || this.syncing) return;
    this.unsynced = 0;
    this.syncing = this.file
      .datasync()
      .catch((error: unknown) => void (this.fault = { error }))
      .finally(() => (this.syncing = null));
  }

  /** Waits until all of the file is on the disk. The system tells of an error once, so the earlier ones count too. */
  async finish(): Promise<void> {
    await this.syncing;
    if (this.fault) throw this.fault.error;
    await this.file.sync();
  }
}
