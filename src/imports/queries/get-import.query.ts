import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { UnknownImport } from '../errors.js';
import { ImportStatusEntity } from '../status/import-status.entity.js';

/** The status of an import. Throws UnknownImport. */
export class GetImportQuery extends Query<ImportStatusEntity> {
  constructor(readonly importId: string) {
    super();
  }
}

@QueryHandler(GetImportQuery)
export class GetImportHandler implements IQueryHandler<GetImportQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ importId }: GetImportQuery): Promise<ImportStatusEntity> {
    const status = await this.database.manager.findOneBy(ImportStatusEntity, { importId });
    if (!status) throw new UnknownImport(importId);
    return status;
  }
}
