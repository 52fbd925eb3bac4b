import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';

/** A segment that a worker holds. */
export interface HeldSegment {
  readonly importId: string;
  readonly segment: number;
  /** Up to where it is durably done, byte of the file. */
  readonly nextByte: number;
  readonly expiresAt: string;
}

/** A worker as the database knows it. */
export interface SeenWorker {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly slots: number;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
  readonly isAlive: boolean;
  readonly leases: readonly HeldSegment[];
}

/** More workers than anybody runs: an answer has an end. */
export const MOST_WORKERS = 1_000;

const WORKERS = `
  SELECT id, host, pid, version, slots, started_at AS "startedAt", heartbeat_at AS "heartbeatAt",
    alive_until > clock_timestamp() AS "isAlive",
    coalesce((SELECT json_agg(json_build_object('importId', s.import_id, 'segment', s.number,
        'nextByte', s.next_byte, 'expiresAt', s.lease_expires_at) ORDER BY s.import_id, s.number)
      FROM segments s JOIN imports i ON i.id = s.import_id
      WHERE s.lease_owner = workers.id AND NOT s.is_done AND i.state IN ('queued', 'running')), '[]') AS leases
  FROM workers ORDER BY started_at, id LIMIT ${MOST_WORKERS}`;

/** The workers that are there or died lately, with the segments that they hold; the longest running first. */
export class ListWorkersQuery extends Query<readonly SeenWorker[]> {}

@QueryHandler(ListWorkersQuery)
export class ListWorkersHandler implements IQueryHandler<ListWorkersQuery> {
  constructor(private readonly database: DataSource) {}

  execute(): Promise<readonly SeenWorker[]> {
    return this.database.query(WORKERS) as Promise<readonly SeenWorker[]>;
  }
}
