import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { pageFrom, readCursor, type Page } from '../../shared/http/paging.js';
import { toOrder, type Order, type OrderFilter } from '../order.dto.js';
import { OrderEntity } from '../order.entity.js';
import { applyFilter } from './order-filter.js';

/** A page of orders by ascending id. */
export class ListOrdersQuery extends Query<Page<Order>> {
  constructor(
    readonly filter: OrderFilter,
    readonly limit: number,
    readonly cursor: string | undefined,
    readonly offset: number | undefined,
  ) {
    super();
  }
}

@QueryHandler(ListOrdersQuery)
export class ListOrdersHandler implements IQueryHandler<ListOrdersQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ filter, limit, cursor, offset }: ListOrdersQuery): Promise<Page<Order>> {
    const builder = this.database.createQueryBuilder(OrderEntity, 'orders');
    applyFilter(builder, filter);
    const after = readCursor(cursor, z.int());
    if (after !== undefined) builder.andWhere('orders.id > :after', { after });
    const rows = await builder
      .orderBy('orders.id')
      .limit(limit + 1)
      .offset(offset)
      .getMany();
    return pageFrom(rows.map(toOrder), limit, ({ id }) => id);
  }
}
