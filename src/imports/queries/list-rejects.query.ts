import { Query, QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { FindHoldersQuery, type Holder, type RuleSet } from '../../orders/index.js';
import { Cursors } from '../../shared/http/cursors.js';
import type { Page } from '../../shared/http/paging.js';
import { UnknownImport } from '../errors.js';
import { ImportEntity } from '../import.entity.js';
import type { RejectEntity } from '../reject.entity.js';
import { RejectFinder, type RejectFilter } from '../rejects/reject-finder.js';

/** A page of rejects, and what is needed to tell their reasons. */
export interface RejectsFound extends Page<RejectEntity> {
  /** The rules that the import was accepted with. */
  readonly ruleSet: RuleSet;
  /** Who has the ids of the duplicates. */
  readonly holders: ReadonlyMap<number, Holder>;
}

/** A page of an import's rejects in file order. Throws UnknownImport. */
export class ListRejectsQuery extends Query<RejectsFound> {
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
  constructor(
    private readonly database: DataSource,
    private readonly queries: QueryBus,
    private readonly rejects: RejectFinder,
    private readonly cursors: Cursors,
  ) {}

  async execute({ importId, filter, limit, cursor }: ListRejectsQuery): Promise<RejectsFound> {
    const owner = await this.database.manager.findOneBy(ImportEntity, { id: importId });
    if (!owner) throw new UnknownImport(importId);
    const listing = ['rejects', { importId, outcome: filter.outcome, rule: filter.rule }] as const;
    const after = this.cursors.read(listing, cursor, z.int()) ?? 0;
    const rows = await this.rejects.find(importId, filter, after, limit + 1);
    const page = this.cursors.page(listing, rows, limit, ({ record }) => record);
    const taken = page.items.flatMap(({ outcome, orderId }) =>
      outcome === 'duplicate' && orderId !== null ? [orderId] : [],
    );
    const holders = await this.queries.execute(new FindHoldersQuery(taken));
    return { ...page, ruleSet: owner.ruleSet, holders };
  }
}
