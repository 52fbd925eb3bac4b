import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';

/** A stored order that breaks a rule, by the record that it was. */
export interface InvalidOrder {
  /** The id that its record came with. */
  readonly id: number;
  readonly record: number;
  readonly line: number;
  readonly violations: string[];
}

/** The first invalid orders of an import behind a record, in file order; of one rule where it is given. */
export class ListInvalidOrdersQuery extends Query<InvalidOrder[]> {
  constructor(
    readonly importId: string,
    readonly rule: string | undefined,
    readonly after: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListInvalidOrdersQuery)
export class ListInvalidOrdersHandler implements IQueryHandler<ListInvalidOrdersQuery> {
  constructor(private readonly database: DataSource) {}

  async execute({ importId, rule, after, limit }: ListInvalidOrdersQuery): Promise<InvalidOrder[]> {
    // Not through the entity: an export of rejects reads hundreds of thousands of these.
    const rows = (await this.database.query(
      `SELECT coalesce(original_id, id) AS id, record, line, violations FROM orders
       WHERE import_id = $1 AND record > $2 AND NOT valid ${rule ? 'AND $4 = ANY(violations)' : ''}
       ORDER BY record LIMIT $3`,
      [importId, after, limit, ...(rule ? [rule] : [])],
    )) as { id: string; record: string; line: string; violations: string[] }[];
    return rows.map(({ id, record, line, violations }) => ({
      id: Number(id),
      record: Number(record),
      line: Number(line),
      violations,
    }));
  }
}
