import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { z } from 'zod';
import type { DuplicatePolicy } from '../../orders/index.js';
import { Cursors } from '../../shared/http/cursors.js';
import type { Page } from '../../shared/http/paging.js';
import type { ImportState } from '../import-state.js';
import { ImportStatusEntity } from '../status/import-status.entity.js';

/** Which imports are wanted; what is not set does not matter. */
export interface ImportFilter {
  /** Any of these. */
  readonly state?: readonly ImportState[] | undefined;
  /** This moment or later. */
  readonly createdFrom?: Date | undefined;
  /** Before this moment. */
  readonly createdTo?: Date | undefined;
  readonly fileName?: string | undefined;
  /** Lower-case hex. */
  readonly sha256?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly onDuplicate?: DuplicatePolicy | undefined;
}

/** A page of imports, the newest first. */
export class ListImportsQuery extends Query<Page<ImportStatusEntity>> {
  constructor(
    readonly filter: ImportFilter,
    readonly limit: number,
    readonly cursor: string | undefined,
  ) {
    super();
  }
}

@QueryHandler(ListImportsQuery)
export class ListImportsHandler implements IQueryHandler<ListImportsQuery> {
  constructor(
    private readonly database: DataSource,
    private readonly cursors: Cursors,
  ) {}

  async execute({ filter, limit, cursor }: ListImportsQuery): Promise<Page<ImportStatusEntity>> {
    const builder = this.database.createQueryBuilder(ImportStatusEntity, 'status');
    const before = this.cursors.read(['imports', filter], cursor, z.uuid());
    if (before !== undefined) builder.andWhere('status.importId < :before', { before });
    applyFilter(builder, filter);
    // UUIDv7 sort by the time at which they were made.
    const rows = await builder
      .orderBy('status.importId', 'DESC')
      .limit(limit + 1)
      .getMany();
    return this.cursors.page(['imports', filter], rows, limit, ({ importId }) => importId);
  }
}

/** SQL of each filter; its value is the parameter of the same name. */
const CONDITIONS: Readonly<Record<keyof ImportFilter, string>> = {
  state: 'status.state = ANY(:state)',
  createdFrom: 'status.createdAt >= :createdFrom',
  createdTo: 'status.createdAt < :createdTo',
  fileName: 'status.fileName = :fileName',
  sha256: 'status.fileSha256 = :sha256',
  // Not compared with a parameter: only so the planner sees that the index of dry runs is enough.
  dryRun: 'status.dryRun',
  onDuplicate: 'status.onDuplicate = :onDuplicate',
};

function applyFilter(builder: SelectQueryBuilder<ImportStatusEntity>, filter: ImportFilter): void {
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    const value = filter[name as keyof ImportFilter];
    if (value !== undefined) builder.andWhere(value === false ? `NOT (${condition})` : condition, { [name]: value });
  }
}
