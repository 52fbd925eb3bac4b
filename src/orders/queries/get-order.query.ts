import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { UnknownOrder } from '../errors.js';
import type { Order } from '../order.dto.js';
import { OrdersById } from './orders-by-id.js';

/** One order. Throws UnknownOrder. */
export class GetOrderQuery extends Query<Order> {
  constructor(readonly id: number) {
    super();
  }
}

@QueryHandler(GetOrderQuery)
export class GetOrderHandler implements IQueryHandler<GetOrderQuery> {
  constructor(private readonly orders: OrdersById) {}

  async execute({ id }: GetOrderQuery): Promise<Order> {
    const order = await this.orders.find(id);
    if (!order) throw new UnknownOrder(id);
    return order;
  }
}
