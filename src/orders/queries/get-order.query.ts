import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { UnknownOrder } from '../errors.js';
import { toOrder, type Order } from '../order.dto.js';
import { OrderEntity } from '../order.entity.js';

/** One order. Throws UnknownOrder. */
export class GetOrderQuery extends Query<Order> {
  constructor(readonly id: number) {
    super();
  }
}

@QueryHandler(GetOrderQuery)
export class GetOrderHandler implements IQueryHandler<GetOrderQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ id }: GetOrderQuery): Promise<Order> {
    const order = await this.database.manager.findOneBy(OrderEntity, { id });
    if (!order) throw new UnknownOrder(id);
    return toOrder(order);
  }
}
