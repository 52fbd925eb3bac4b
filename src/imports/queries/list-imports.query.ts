import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Cursors } from '../../shared/http/cursors.js';
import type { Page } from '../../shared/http/paging.js';
import type { ImportState } from '../import-state.js';
import { ImportStatusEntity } from '../status/import-status.entity.js';

/** A page of imports, the newest first. */
export class ListImportsQuery extends Query<Page<ImportStatusEntity>> {
  constructor(
    readonly state: ImportState | undefined,
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

  async execute({ state, limit, cursor }: ListImportsQuery): Promise<Page<ImportStatusEntity>> {
    const builder = this.database.createQueryBuilder(ImportStatusEntity, 'status');
    const before = this.cursors.read(['imports', { state }], cursor, z.uuid());
    if (before !== undefined) builder.andWhere('status.importId < :before', { before });
    if (state !== undefined) builder.andWhere('status.state = :state', { state });
    // UUIDv7 sort by the time at which they were made.
    const rows = await builder
      .orderBy('status.importId', 'DESC')
      .limit(limit + 1)
      .getMany();
    return this.cursors.page(['imports', { state }], rows, limit, ({ importId }) => importId);
  }
}
