import { Inject } from '@nestjs/common';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import type { RuleSet } from '../../orders/index.js';
import { STORAGE, StorageObjectGone, type Storage, type StoredObject } from '../../shared/storage/index.js';
import type { Dialect } from '../csv/dialect.js';
import { SourceFileRemoved, UnknownImport } from '../errors.js';
import { ImportEntity } from '../import.entity.js';
import type { RejectEntity } from '../reject.entity.js';
import { RejectFinder, type RejectFilter } from '../rejects/reject-finder.js';
import { SourceRecords } from '../rejects/source-records.js';
import { SegmentEntity } from '../segment.entity.js';

/** Rejects read from the database at once. */
const BATCH = 1_000;

/** An import's rejects with the file that they stand in. */
export interface RejectSource {
  readonly fileName: string | null;
  readonly dialect: Dialect;
  /** The rules that the import was accepted with. */
  readonly ruleSet: RuleSet;
  /** The bytes before the first record. */
  readonly header: Buffer;
  readonly records: SourceRecords;
  /** In file order, a batch at a time, so that memory does not grow with them. */
  readonly batches: AsyncIterable<readonly RejectEntity[]>;
}

/** All rejects of an import, to be read with their records. Throws UnknownImport, SourceFileRemoved. */
export class ExportRejectsQuery extends Query<RejectSource> {
  constructor(
    readonly importId: string,
    readonly filter: RejectFilter,
  ) {
    super();
  }
}

@QueryHandler(ExportRejectsQuery)
export class ExportRejectsHandler implements IQueryHandler<ExportRejectsQuery> {
  constructor(
    private readonly database: DataSource,
    @Inject(STORAGE) private readonly storage: Storage,
    private readonly rejects: RejectFinder,
  ) {}

  async execute({ importId, filter }: ExportRejectsQuery): Promise<RejectSource> {
    const owner = await this.database.manager.findOneBy(ImportEntity, { id: importId });
    if (!owner) throw new UnknownImport(importId);
    if (owner.fileRemovedAt) throw new SourceFileRemoved(importId);
    const { dialect, ruleSet, fileName } = owner;
    const object = { key: owner.storageKey, bytes: owner.fileBytes, version: owner.storageVersion };
    const segments = await this.database.manager.find(SegmentEntity, {
      where: { importId },
      select: { number: true, begin: { offset: true, record: true, line: true } },
      order: { number: 'ASC' },
    });
    const begins = segments.map(({ begin }) => begin);
    return {
      fileName,
      dialect,
      ruleSet,
      header: await this.read(importId, object, dialect.begin.offset),
      records: new SourceRecords(this.storage, { object, delimiter: dialect.delimiter, begins }),
      batches: this.batches(importId, filter),
    };
  }

  private async read(importId: string, object: StoredObject, bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    try {
      for await (const piece of this.storage.read(object, 0, bytes)) pieces.push(Buffer.from(piece));
    } catch (error) {
      throw error instanceof StorageObjectGone ? new SourceFileRemoved(importId) : error;
    }
    return Buffer.concat(pieces);
  }

  private async *batches(importId: string, filter: RejectFilter): AsyncGenerator<readonly RejectEntity[]> {
    for (let after = 0; ;) {
      const rejects = await this.rejects.find(importId, filter, after, BATCH);
      if (rejects.length > 0) yield rejects;
      if (rejects.length < BATCH) return;
      after = rejects.at(-1)!.record;
    }
  }
}
