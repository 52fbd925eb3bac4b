import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Cursors, type Listing } from '../../shared/http/cursors.js';
import type { Page } from '../../shared/http/paging.js';
import { rowsOf } from '../../shared/prepared.js';
import type { OrderFilter } from '../list-orders.dto.js';
import type { Order, SomeOfOrder } from '../order.dto.js';
import { conditionsOf, isSearch } from './order-filter.js';
import { columnsOf } from './order-columns.js';
import { searchOrders } from './search-orders.js';

/** Which page of a list is wanted. */
export interface PageWanted {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly offset?: number | undefined;
  /** All of them where it is not set; `id` always. */
  readonly fields?: readonly (keyof Order)[] | undefined;
}

/** A page of orders by ascending id. */
export class ListOrdersQuery extends Query<Page<SomeOfOrder>> {
  constructor(
    readonly filter: OrderFilter,
    readonly wanted: PageWanted,
  ) {
    super();
  }
}

@QueryHandler(ListOrdersQuery)
export class ListOrdersHandler implements IQueryHandler<ListOrdersQuery> {
  constructor(
    private readonly database: DataSource,
    private readonly cursors: Cursors,
  ) {}

  async execute({ filter, wanted }: ListOrdersQuery): Promise<Page<SomeOfOrder>> {
    const { limit, cursor, offset = 0, fields } = wanted;
    const listing: Listing = ['orders', filter];
    const after = this.cursors.read(listing, cursor, z.int()) ?? 0;
    const { sql, values } = conditionsOf(filter, [after, limit + 1, offset]);
    const text = `SELECT ${columnsOf(fields)} FROM orders WHERE id > $1 AND ${sql} ORDER BY id LIMIT $2 OFFSET $3`;
    const rows = isSearch(filter)
      ? await searchOrders<SomeOfOrder>(this.database, text, values)
      : await rowsOf<SomeOfOrder>(this.database, fields ? { text } : { name: nameOf(filter), text }, values);
    return this.cursors.page(listing, rows, limit, ({ id }) => id);
  }
}

/** One for each set of conditions. */
const nameOf = (filter: OrderFilter): string => `orders-${Object.keys(filter).toSorted().join('-')}`;
