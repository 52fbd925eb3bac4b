import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { patientRowsOf } from '../../shared/patient-rows.js';
import type { OrderFilter } from '../list-orders.dto.js';
import type { Order } from '../order.dto.js';
import { columnsOf } from './order-columns.js';
import { conditionsOf } from './order-filter.js';

/** Orders read from the database at once. */
const BATCH = 5_000;

/** All orders of a filter by ascending id, in batches, so that memory does not grow with them. */
export class ExportOrdersQuery extends Query<AsyncIterable<Order[]>> {
  constructor(readonly filter: OrderFilter) {
    super();
  }
}

@QueryHandler(ExportOrdersQuery)
export class ExportOrdersHandler implements IQueryHandler<ExportOrdersQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ filter }: ExportOrdersQuery): Promise<AsyncIterable<Order[]>> {
    const batches = this.batches(filter);
    // The first batch is read before the answer begins, so that a database that is away gives a clean error.
    const first = await batches.next();
    return (async function* () {
      if (!first.done) yield first.value;
      yield* batches;
    })();
  }

  private async *batches(filter: OrderFilter): AsyncGenerator<Order[]> {
    let after = 0;
    for (;;) {
      const { sql, values } = conditionsOf(filter, [after, BATCH]);
      const text = `SELECT ${columnsOf()} FROM orders WHERE id > $1 AND ${sql} ORDER BY id LIMIT $2`;
      const rows = await patientRowsOf<Order>(this.database, { text }, values);
      if (rows.length > 0) yield rows;
      if (rows.length < BATCH) return;
      after = rows.at(-1)!.id;
    }
  }
}
