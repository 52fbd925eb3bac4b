import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { RuleSet } from '../../orders/index.js';
import { pageFrom, readCursor, type Page } from '../../shared/http/paging.js';
import { UnknownImport } from '../errors.js';
import { ImportEntity } from '../import.entity.js';
import { RejectEntity, type RejectOutcome } from '../reject.entity.js';

/** Which rejects are meant. */
export interface RejectFilter {
  readonly outcome?: RejectOutcome;
  /** Only records that break this rule. */
  readonly rule?: string;
}

/** A page of an import's rejects in file order, with the rules that it was accepted with. Throws UnknownImport. */
export class ListRejectsQuery extends Query<Page<RejectEntity> & { ruleSet: RuleSet }> {
  constructor(
    readonly importId: string,
    readonly filter: RejectFilter,
    readonly limit: number,
    readonly cursor: string | undefined,
  ) {
    super();
  }
}

@QueryHandler(ListRejectsQuery)
export class ListRejectsHandler implements IQueryHandler<ListRejectsQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({
    importId,
    filter,
    limit,
    cursor,
  }: ListRejectsQuery): Promise<Page<RejectEntity> & { ruleSet: RuleSet }> {
    const owner = await this.database.manager.findOneBy(ImportEntity, { id: importId });
    if (!owner) throw new UnknownImport(importId);
    const builder = this.database
      .createQueryBuilder(RejectEntity, 'rejects')
      .where('rejects.importId = :importId', { importId });
    const after = readCursor(cursor, z.int());
    if (after !== undefined) builder.andWhere('rejects.record > :after', { after });
    if (filter.outcome) builder.andWhere('rejects.outcome = :outcome', { outcome: filter.outcome });
    if (filter.rule)
      builder.andWhere(`rejects.outcome = 'invalid' AND :rule = ANY(rejects.reasons)`, { rule: filter.rule });
    const rows = await builder
      .orderBy('rejects.record')
      .limit(limit + 1)
      .getMany();
    return { ...pageFrom(rows, limit, ({ record }) => record), ruleSet: owner.ruleSet };
  }
}
