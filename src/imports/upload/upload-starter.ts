import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { StartImportCommand, type ImportOptions } from '../commands/start-import.command.js';
import { IdempotencyKeyReused } from '../errors.js';
import { GetImportQuery } from '../queries/get-import.query.js';
import type { startImportQuery } from '../start-import.dto.js';
import type { ImportStatusEntity } from '../status/import-status.entity.js';
import { IdempotencyKeys, readIdempotencyKey, type HeldKey, type UsedKey } from './idempotency-keys.js';
import { QueuedImports } from './queued-imports.js';
import { UploadMetrics } from './upload-metrics.js';
import { UploadReceiver } from './upload-receiver.js';

type StartQuery = z.output<typeof startImportQuery>;

/** A request with a file becomes an import; shared by the addresses of today and those of the ancestor. */
@Injectable()
export class UploadStarter implements OnApplicationShutdown {
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly uploads: UploadReceiver,
    private readonly keys: IdempotencyKeys,
    private readonly queued: QueuedImports,
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly metrics: UploadMetrics,
  ) {}

  /**
   * Resolves when file and import are durable. Returns the import's status: of a new import, or of the one that an
   * earlier request with the same idempotency key, file and options started.
   */
  async start(request: FastifyRequest, query: StartQuery): Promise<ImportStatusEntity> {
    const started = this.metrics.count(this.startOrFind(request, query));
    this.underWay.add(started);
    try {
      return await started;
    } finally {
      this.underWay.delete(started);
    }
  }

  /** Waits for uploads that were cut off: they clean up behind themselves. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async startOrFind(request: FastifyRequest, query: StartQuery): Promise<ImportStatusEntity> {
    const key = readIdempotencyKey(request.headers['idempotency-key']);
    const importId = key === null ? await this.startNew(request, query) : await this.startOnce(request, query, key);
    return this.queries.execute(new GetImportQuery(importId));
  }

  private async startOnce(request: FastifyRequest, query: StartQuery, key: string): Promise<string> {
    const found = await this.keys.hold(key);
    if (!('letGo' in found)) return await this.replay(request, query, found);
    try {
      return await this.startNew(request, query, found);
    } finally {
      await found.letGo();
    }
  }

  private async startNew(request: FastifyRequest, query: StartQuery, key?: HeldKey): Promise<string> {
    const userName = request.user?.name ?? null;
    await this.queued.checkRoom(userName);
    const file = await this.uploads.receive(request, query);
    const command = new StartImportCommand(file, optionsOf(query), request.id, key?.key ?? null, userName);
    return (await this.commands.execute(command)).importId;
  }

  /** The import that the key was used for, if this is the same request again. */
  private async replay(request: FastifyRequest, query: StartQuery, used: UsedKey): Promise<string> {
    const { sha256, dialect } = await this.uploads.fingerprint(request, query);
    const isSameFile = sha256 === used.fileSha256;
    // However a delimiter or an encoding came about: the same bytes read otherwise are other orders.
    const isReadAlike = dialect.delimiter === used.delimiter && dialect.encoding === used.encoding;
    if (!isSameFile || !isReadAlike || !isDeepStrictEqual(optionsOf(query), used.options)) {
      throw new IdempotencyKeyReused();
    }
    return used.importId;
  }
}

const optionsOf = ({ dryRun, onDuplicate, maxRejects }: StartQuery): ImportOptions => ({
  dryRun,
  onDuplicate,
  maxRejects: maxRejects ?? null,
});
