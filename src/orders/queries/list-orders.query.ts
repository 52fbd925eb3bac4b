import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Cursors, type Listing } from '../../shared/http/cursors.js';
import type { Page } from '../../shared/http/paging.js';
import { rowsOf } from '../../shared/prepared.js';
import type { OrderFilter } from '../list-orders.dto.js';
import type { Order } from '../order.dto.js';
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

/** An order as PostgreSQL writes it in JSON: to make an object of every row and JSON of that takes twice as long. */
export interface WrittenOrder {
  readonly id: number;
  readonly json: string;
}

/** A page of orders by ascending id. */
export class ListOrdersQuery extends Query<Page<WrittenOrder>> {
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

  async execute({ filter, wanted }: ListOrdersQuery): Promise<Page<WrittenOrder>> {
    const { limit, cursor, offset = 0, fields } = wanted;
    const listing: Listing = ['orders', filter];
    const after = this.cursors.read(listing, cursor, z.int()) ?? 0;
    const { sql, values } = conditionsOf(filter, [after, limit + 1, offset]);
    const found = `SELECT ${columnsOf(fields)} FROM orders WHERE id > $1 AND ${sql} ORDER BY id LIMIT $2 OFFSET $3`;
    const text = `SELECT id, row_to_json(found)::text AS json FROM (${found}) found ORDER BY id`;
    const rows = isSearch(filter)
      ? await searchOrders<WrittenOrder>(this.database, text, values)
      : await rowsOf<WrittenOrder>(this.database, fields ? { text } : { name: nameOf(filter), text }, values);
    return this.cursors.page(listing, rows, limit, ({ id }) => id);
  }
}

/** One for each set of conditions. */
const nameOf = (filter: OrderFilter): string => `orders-${Object.keys(filter).toSorted().join('-')}`;
