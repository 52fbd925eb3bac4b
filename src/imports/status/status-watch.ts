import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { createHash } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import { ImportStatusEntity } from './import-status.entity.js';

/** Time between two looks, milliseconds: more than a few updates a second nobody can read. */
const LOOK_MS = 250;

/** A status at a moment. */
export interface SeenStatus {
  readonly status: ImportStatusEntity;
  /** The same in every process for the same status, and another for any other. */
  readonly version: string;
}

/** Takes what was seen; null where this process is told to end and looks no more. */
export type StatusListener = (seen: SeenStatus | null) => void;

/**
 * Statuses of imports while somebody watches them. The workers that change them are other processes: so one look at the
 * database tells of all that are watched here, however many watch.
 */
@Injectable()
export class StatusWatch implements BeforeApplicationShutdown {
  private readonly listeners = new Map<string, Set<StatusListener>>();
  private looking: NodeJS.Timeout | undefined;
  private hasEnded = false;

  constructor(
    private readonly database: DataSource,
    @InjectPinoLogger(StatusWatch.name) private readonly log: PinoLogger,
  ) {}

  /** Tells the listener of the import at every look until the returned function is called. */
  watch(importId: string, listener: StatusListener): () => void {
    if (this.hasEnded) {
      listener(null);
      return () => undefined;
    }
    const listeners = this.listeners.get(importId) ?? new Set();
    this.listeners.set(importId, listeners.add(listener));
    this.looking ??= setTimeout(() => void this.look(), LOOK_MS);
    return () => {
      listeners.delete(listener);
      // Others may have come meanwhile, and have a set of their own.
      if (listeners.size === 0 && this.listeners.get(importId) === listeners) this.listeners.delete(importId);
    };
  }

  beforeApplicationShutdown(): void {
    this.hasEnded = true;
    clearTimeout(this.looking);
    for (const listeners of this.listeners.values()) for (const listener of listeners) listener(null);
  }

  private async look(): Promise<void> {
    try {
      const ids = [...this.listeners.keys()];
      const found = await this.database.manager.findBy(ImportStatusEntity, { importId: In(ids) });
      for (const status of found) {
        const seen = { status, version: versionOf(status) };
        for (const listener of this.listeners.get(status.importId) ?? []) listener(seen);
      }
    } catch (error) {
      // Who watches hears of it when the database is back.
      this.log.debug({ err: error }, 'statuses not read; it is tried again');
    }
    this.looking = this.listeners.size > 0 && !this.hasEnded ? setTimeout(() => void this.look(), LOOK_MS) : undefined;
  }
}

/** Of a status as it was read. */
export const versionOf = (status: ImportStatusEntity): string =>
  createHash('sha1').update(JSON.stringify(status)).digest('base64url').slice(0, 16);
