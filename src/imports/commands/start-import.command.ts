import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { RULE_SET, type DuplicatePolicy, type RuleSet } from '../../orders/index.js';
import { faultPoint } from '../../shared/fault-point.js';
import { STORAGE, type Storage } from '../../shared/storage/index.js';
import { traced, traceparent } from '../../shared/tracing/tracing.js';
import { ignoredColumns } from '../csv/dialect.js';
import { IdempotencyKeyInUse } from '../errors.js';
import { ImportEntity } from '../import.entity.js';
import { Doorbell, IMPORT_QUEUE } from '../job/index.js';
import { checkpointAt, SegmentEntity } from '../segment.entity.js';
import { ImportStatusEntity } from '../status/import-status.entity.js';
import type { ReceivedFile } from '../upload/upload-receiver.js';

/** What a client may choose for an import. */
export interface ImportOptions {
  readonly dryRun: boolean;
  readonly onDuplicate: DuplicatePolicy;
  /** Rejects after which the import stops, null for no limit. */
  readonly maxRejects: number | null;
}

/** Accepts a stored file as an import. Returns the import's id once it is committed; a worker takes it from there. */
export class StartImportCommand extends Command<{ importId: string }> {
  constructor(
    readonly file: ReceivedFile,
    readonly options: ImportOptions,
    readonly requestId: string,
    /** A key that is held for this import, so that a repeated request finds it; null without one. */
    readonly idempotencyKey: string | null = null,
    /** Who brought the file; null where nobody has to sign in. */
    readonly userName: string | null = null,
  ) {
    super();
  }
}

@CommandHandler(StartImportCommand)
export class StartImportHandler implements ICommandHandler<StartImportCommand> {
  constructor(
    private readonly database: DataSource,
    private readonly doorbell: Doorbell,
    @Inject(STORAGE) private readonly storage: Storage,
    @Inject(RULE_SET) private readonly ruleSet: RuleSet,
  ) {}

  execute(command: StartImportCommand): Promise<{ importId: string }> {
    const attributes = { 'messaging.system': 'bull', 'messaging.destination.name': IMPORT_QUEUE };
    return traced(`send ${IMPORT_QUEUE}`, { kind: 'producer', attributes }, () => this.start(command));
  }

  private async start(command: StartImportCommand): Promise<{ importId: string }> {
    faultPoint('after-upload-stored');
    const importId = uuidv7();
    let isComplete = false;
    try {
      await this.database.transaction(async (manager) => {
        await this.accept(manager, importId, command);
        isComplete = true;
      });
    } catch (error) {
      // Before its COMMIT was sent nothing can have been committed.
      if (!isComplete || !(await this.wasCommitted(importId))) {
        // No import refers to the file, so nothing would ever remove it.
        await this.storage.remove(command.file.stored.key).catch(() => undefined);
        throw error;
      }
    }
    faultPoint('after-commit-before-ring');
    this.doorbell.ring(importId, 0, command.file.segments.length);
    faultPoint('after-ring-before-answer');
    return { importId };
  }

  /**
   * Whether the import is there after all: a connection that broke in the commit does not tell. Where nobody can tell,
   * true would be a promise and false would remove a file that may be needed, so the error goes on.
   */
  private async wasCommitted(importId: string): Promise<boolean> {
    return await this.database.manager.existsBy(ImportEntity, { id: importId });
  }

  /** Import, segment and status, or none of them. */
  private async accept(manager: EntityManager, importId: string, command: StartImportCommand): Promise<void> {
    const { file, options, requestId, idempotencyKey } = command;
    const [{ now: createdAt }] = (await manager.query('SELECT clock_timestamp() AS now')) as [{ now: Date }];
    const common = {
      state: 'queued' as const,
      fileName: file.name,
      fileBytes: file.stored.bytes,
      sentBytes: file.sentBytes,
      fileSha256: file.sha256,
      ...options,
      requestId,
      createdAt,
    };
    const { begin, delimiter, encoding } = file.dialect;
    await manager.insert(ImportEntity, {
      ...common,
      id: importId,
      storageKey: file.stored.key,
      storageVersion: file.stored.version,
      traceparent: traceparent(),
      dialect: file.dialect,
      ruleSet: this.ruleSet,
      userName: command.userName,
    });
    await manager.insert(SegmentEntity, segmentsOf(importId, file));
    const sameFileAs = await earlierImport(manager, file.sha256, importId);
    await manager.insert(ImportStatusEntity, {
      ...common,
      importId,
      sameFileAs,
      delimiter,
      encoding,
      ignoredColumns: ignoredColumns(file.dialect),
      bytesRead: begin.offset,
    });
    if (idempotencyKey !== null) await useKey(manager, idempotencyKey, importId, file.sha256, options);
    faultPoint('before-accept-commit');
  }
}

/** A file's segments as the ledger begins with them: nothing of them is read. */
const segmentsOf = (importId: string, { stored, segments }: ReceivedFile): Partial<SegmentEntity>[] =>
  segments.map((begin, number) => ({
    importId,
    number,
    begin,
    toByte: segments[number + 1]?.offset ?? stored.bytes,
    ...checkpointAt(begin),
  }));

/** The newest earlier import of the same bytes, or null. */
async function earlierImport(manager: EntityManager, sha256: string, importId: string): Promise<string | null> {
  const [earlier] = (await manager.query(
    'SELECT id FROM imports WHERE file_sha256 = $1 AND id <> $2 ORDER BY id DESC LIMIT 1',
    [sha256, importId],
  )) as { id: string }[];
  return earlier?.id ?? null;
}

/** Writes down what a key was used for. Throws where the key was lost to another upload meanwhile. */
async function useKey(
  manager: EntityManager,
  key: string,
  importId: string,
  sha256: string,
  options: ImportOptions,
): Promise<void> {
  const [, count] = (await manager.query(
    `UPDATE idempotency_keys SET import_id = $2, file_sha256 = $3, options = $4 WHERE key = $1 AND import_id IS NULL`,
    [key, importId, sha256, options],
  )) as [unknown, number];
  if (count === 0) throw new IdempotencyKeyInUse();
}
