import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { rowsOf } from '../../shared/prepared.js';
import { UnknownOrder } from '../errors.js';
import type { Order } from '../order.dto.js';

/** One order. Throws UnknownOrder. */
export class GetOrderQuery extends Query<Order> {
  constructor(readonly id: number) {
    super();
  }
}

const ORDER = {
  name: 'order',
  text: `SELECT id, name, email, state, zipcode, birthday, valid, violations, import_id AS "importId", record, line,
    original_id AS "originalId" FROM orders WHERE id = $1`,
};

@QueryHandler(GetOrderQuery)
export class GetOrderHandler implements IQueryHandler<GetOrderQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ id }: GetOrderQuery): Promise<Order> {
    const [order] = await rowsOf<Order>(this.database, ORDER, [id]);
    if (!order) throw new UnknownOrder(id);
    return order;
  }
}
