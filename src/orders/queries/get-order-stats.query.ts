import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { SUM_OF_COUNTS, type OrderCounts } from '../counts/order-counts.js';

/** How many orders there are of each kind, from what was noted as they were stored: the orders are not counted. */
export class GetOrderStatsQuery extends Query<OrderCounts> {}

@QueryHandler(GetOrderStatsQuery)
export class GetOrderStatsHandler implements IQueryHandler<GetOrderStatsQuery> {
  constructor(private readonly database: DataSource) {}

  async execute(): Promise<OrderCounts> {
    const rows = (await this.database.query(SUM_OF_COUNTS)) as { key: string; count: string }[];
    return Object.fromEntries(rows.map(({ key, count }) => [key, Number(count)]));
  }
}
