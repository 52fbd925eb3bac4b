import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { ListInvalidOrdersQuery, type InvalidOrder } from '../../orders/index.js';
import { RejectEntity, type RejectOutcome } from '../reject.entity.js';

/** Which rejects are meant. */
export interface RejectFilter {
  readonly outcome?: RejectOutcome;
  /** Only records that break this rule. */
  readonly rule?: string;
}

/** Finds rejects where they are: the invalid ones among the orders, the others by themselves. */
@Injectable()
export class RejectFinder {
  constructor(
    private readonly database: DataSource,
    private readonly queries: QueryBus,
  ) {}

  /** The first rejects of an import behind a record, in file order. */
  async find(importId: string, filter: RejectFilter, after: number, limit: number): Promise<RejectEntity[]> {
    const { outcome, rule } = filter;
    if (outcome && outcome !== 'invalid' && rule) return [];
    const stored =
      outcome && outcome !== 'invalid'
        ? []
        : await this.queries.execute(new ListInvalidOrdersQuery(importId, rule, after, limit));
    const others = await this.findUnstored(importId, filter, after, limit);
    // Both are in file order, and no record is in both.
    return [...stored.map((order) => rejectOf(importId, order)), ...others]
      .toSorted((a, b) => a.record - b.record)
      .slice(0, limit);
  }

  private findUnstored(
    importId: string,
    { outcome, rule }: RejectFilter,
    after: number,
    limit: number,
  ): Promise<RejectEntity[]> {
    const builder = this.database
      .createQueryBuilder(RejectEntity, 'rejects')
      .where('rejects.importId = :importId AND rejects.record > :after', { importId, after });
    if (outcome) builder.andWhere('rejects.outcome = :outcome', { outcome });
    if (rule) builder.andWhere(`rejects.outcome = 'invalid' AND :rule = ANY(rejects.reasons)`, { rule });
    return builder.orderBy('rejects.record').limit(limit).getMany();
  }
}

const rejectOf = (importId: string, { id, record, line, violations }: InvalidOrder): RejectEntity => ({
  importId,
  record,
  line,
  outcome: 'invalid',
  reasons: violations,
  params: null,
  orderId: id,
  byteOffset: null,
});
