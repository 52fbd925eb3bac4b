import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource, In } from 'typeorm';
import { OrderEntity } from '../order.entity.js';

/** Who has an order id: the record that is stored under it. */
export interface Holder {
  readonly importId: string;
  readonly record: number;
  readonly line: number;
}

/** Who has these order ids, by id. One that nobody has is not there. */
export class FindHoldersQuery extends Query<ReadonlyMap<number, Holder>> {
  constructor(readonly ids: readonly number[]) {
    super();
  }
}

@QueryHandler(FindHoldersQuery)
export class FindHoldersHandler implements IQueryHandler<FindHoldersQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ ids }: FindHoldersQuery): Promise<ReadonlyMap<number, Holder>> {
    if (ids.length === 0) return new Map();
    const orders = await this.database.manager.find(OrderEntity, {
      where: { id: In([...ids]) },
      select: { id: true, importId: true, record: true, line: true },
    });
    return new Map(orders.map(({ id, importId, record, line }) => [id, { importId, record, line }]));
  }
}
