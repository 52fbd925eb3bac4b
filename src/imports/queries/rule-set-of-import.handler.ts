import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { RuleSetOfImportQuery, type RuleSet } from '../../orders/index.js';
import { ImportEntity } from '../import.entity.js';

/** Rule sets that are remembered, those that were asked for first make room. A few hundred bytes each. */
const REMEMBERED = 1_000;

/** Answers the orders module, which knows no imports. The rule set of an import never changes, so it is read once. */
@QueryHandler(RuleSetOfImportQuery)
export class RuleSetOfImportHandler implements IQueryHandler<RuleSetOfImportQuery> {
  private readonly known = new Map<string, RuleSet>();

  constructor(private readonly database: DataSource) {}

  async execute({ importId }: RuleSetOfImportQuery): Promise<RuleSet | null> {
    return this.known.get(importId) ?? this.read(importId);
  }

  private async read(importId: string): Promise<RuleSet | null> {
    const found = await this.database.manager.findOne(ImportEntity, {
      where: { id: importId },
      select: { ruleSet: true },
    });
    if (found) this.remember(importId, found.ruleSet);
    return found?.ruleSet ?? null;
  }

  private remember(importId: string, ruleSet: RuleSet): void {
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= REMEMBERED) this.known.delete(oldest);
    this.known.set(importId, ruleSet);
  }
}
