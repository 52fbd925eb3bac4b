import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import { BinaryRows } from '../../shared/binary-rows.js';
import { copyOut, type Statement } from '../../shared/copy-out.js';
import { Gathered } from '../../shared/gathered.js';
import type { OrderFilter } from '../list-orders.dto.js';
import { ALL_FIELDS, columnsOf } from '../order-rows.js';
import { conditionsOf } from './order-filter.js';

/** Most orders read from the database at once, and about how many bytes of them. */
const BATCH = { rows: 1_000, bytes: 1 << 18 };
/** Bytes at which a batch is cut off whose orders turn out to be far longer than those before. */
const MOST_BYTES = 1 << 22;

/**
 * All orders of a filter by ascending id, in batches with all fields, so that memory does not grow with them. A batch must
 * be gone through before the next is asked for. Between two batches no connection and no transaction is held: orders that
 * are there all the time come once, others perhaps.
 */
export class ExportOrdersQuery extends Query<AsyncIterable<BinaryRows>> {
  constructor(readonly filter: OrderFilter) {
    super();
  }
}

@QueryHandler(ExportOrdersQuery)
export class ExportOrdersHandler implements IQueryHandler<ExportOrdersQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ filter }: ExportOrdersQuery): Promise<AsyncIterable<BinaryRows>> {
    const reader = new BatchReader(this.database, filter);
    // The first batch is read before the answer begins, so that a database that is away gives a clean error.
    return batches(reader, await reader.read());
  }
}

async function* batches(reader: BatchReader, first: BinaryRows): AsyncGenerator<BinaryRows> {
  for (let rows = first; ;) {
    // The server is at work while this one is written.
    const next = reader.isDone ? null : reader.read();
    next?.catch(() => undefined);
    yield rows;
    if (!next) return;
    rows = await next;
  }
}

/** Reads one batch after the other. */
class BatchReader {
  /** Whether the last batch was read. */
  isDone = false;
  private after = 0;
  private rows = BATCH.rows;
  /** One is read into while the other is written. */
  private rooms = [new Gathered(BATCH.bytes), new Gathered(BATCH.bytes)];

  constructor(
    private readonly database: DataSource,
    private readonly filter: OrderFilter,
  ) {}

  /** The next batch, which may be empty. It is there until the one after the next is read. */
  async read(): Promise<BinaryRows> {
    const [room] = this.rooms;
    this.rooms.reverse();
    await copyOut(this.database, this.statement(), room!, MOST_BYTES);
    const rows = new BinaryRows(room!.all);
    this.isDone = rows.count < this.rows && room!.bytes <= MOST_BYTES;
    if (rows.count > 0) {
      this.after = rows.lastKey;
      this.rows = Math.ceil(Math.min(BATCH.rows, BATCH.bytes / (room!.bytes / rows.count)));
    }
    return rows;
  }

  private statement(): Statement {
    const { sql, values } = conditionsOf(this.filter, [this.after, this.rows]);
    return [`SELECT ${columnsOf(ALL_FIELDS)} FROM orders WHERE id > $1 AND ${sql} ORDER BY id LIMIT $2`, values];
  }
}
