import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { RuleSetOfImportQuery, type RuleSet } from '../../orders/index.js';
import { ImportEntity } from '../import.entity.js';

/** Answers the orders module, which knows no imports. */
@QueryHandler(RuleSetOfImportQuery)
export class RuleSetOfImportHandler implements IQueryHandler<RuleSetOfImportQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ importId }: RuleSetOfImportQuery): Promise<RuleSet | null> {
    const found = await this.database.manager.findOne(ImportEntity, {
      where: { id: importId },
      select: { ruleSet: true },
    });
    return found?.ruleSet ?? null;
  }
}
