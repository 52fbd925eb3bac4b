import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Cursors, type Listing } from '../../shared/http/cursors.js';
import { BinaryRows } from '../../shared/binary-rows.js';
import { copyFew, type Statement } from '../../shared/copy-out.js';
import type { OrderFilter } from '../list-orders.dto.js';
import { columnsOf, type Field } from '../order-rows.js';
import { conditionsOf, isSearch } from './order-filter.js';
import { searchOrders } from './search-orders.js';

/** Which page of a list is wanted. */
export interface PageWanted {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly offset?: number | undefined;
  /** The first is `id`. */
  readonly fields: readonly Field[];
}

/** Orders with the fields that are wanted, and the cursor of the page behind them or null. */
export interface OrderPage {
  readonly rows: BinaryRows;
  readonly next: string | null;
}

/** A page of orders by ascending id. */
export class ListOrdersQuery extends Query<OrderPage> {
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

  async execute({ filter, wanted }: ListOrdersQuery): Promise<OrderPage> {
    const { limit, cursor, offset = 0, fields } = wanted;
    const listing: Listing = ['orders', filter];
    const after = this.cursors.read(listing, cursor, z.int()) ?? 0;
    const { sql, values } = conditionsOf(filter, [after, limit + 1, offset]);
    const statement: Statement = [
      `SELECT ${columnsOf(fields)} FROM orders WHERE id > $1 AND ${sql} ORDER BY id LIMIT $2 OFFSET $3`,
      values,
    ];
    const bytes = await (isSearch(filter) ? searchOrders : copyFew)(this.database, statement);
    const rows = new BinaryRows(bytes, limit);
    return { rows, next: rows.isMore ? this.cursors.write(listing, rows.lastKey) : null };
  }
}
