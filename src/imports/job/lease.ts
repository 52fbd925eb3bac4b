import type { DataSource } from 'typeorm';
import type { ClientBase } from 'pg';
import type { Pipeline } from '../../shared/pipeline.js';

/** A worker's time-limited right to a segment. */
export interface Lease {
  readonly importId: string;
  readonly segment: number;
  /** Grows with every claim; every write checks it, so a worker that lost its lease writes nothing. */
  readonly token: number;
  /** Claims since the last chunk was committed, this one counted. */
  readonly fruitlessClaims: number;
  /** Set where another owner had it and did not give it back: its connection is gone, or its time is over. */
  readonly takenOver: 'gone' | 'expired' | null;
  /** Of the request that the import came with. */
  readonly requestId: string;
  /** Of the span that accepted the import; null where that was not traced. */
  readonly traceparent: string | null;
}

/** The worker lost its lease: another owns the segment now. Not a fault; it just stops. */
export class LeaseLost extends Error {}

/** The part of a connection that is needed here: the one connection by which a worker's leases live. */
type LeaseLine = Pick<ClientBase, 'query'>;

/** The connection that asks, so that others see when it is gone. Its process id alone may come again. */
const THIS_BACKEND = `lease_backend = pg_backend_pid(),
  lease_backend_started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())`;

/** Whether the owner's connection is gone: with it went the owner, or at least its way to renew. */
const OWNER_IS_GONE = `NOT EXISTS (
  SELECT 1 FROM pg_stat_activity owner WHERE owner.pid = s.lease_backend
    -- Null where the role may not see it.
    AND coalesce(owner.backend_start = s.lease_backend_started, true))`;

/**
 * Claims an open segment that nobody owns, or returns null: of one import, or of the one that is worked on least, the
 * oldest first, so that a small file does not wait for a big one. A lease ends with its
 * owner's connection, which PostgreSQL sees at once when a process is killed, and else with its time; the database's
 * clock decides that, so that clocks of processes do not matter.
 */
export async function claim(line: LeaseLine, owner: string, leaseMs: number, importId?: string): Promise<Lease | null> {
  const { rows } = await line.query<{
    import_id: string;
    number: number;
    lease_token: string;
    fruitless_claims: number;
    taken_over: Lease['takenOver'];
    request_id: string;
    traceparent: string | null;
  }>(
    `WITH open AS (
       SELECT s.import_id, s.number, i.request_id, i.traceparent, CASE WHEN s.lease_owner IS NULL THEN NULL
         WHEN ${OWNER_IS_GONE} THEN 'gone' ELSE 'expired' END AS taken_over
       FROM segments s JOIN imports i ON i.id = s.import_id
         LEFT JOIN (SELECT import_id, count(*) AS leases FROM segments
                    WHERE NOT is_done AND lease_expires_at > clock_timestamp() GROUP BY import_id) busy
           ON busy.import_id = s.import_id
       WHERE NOT s.is_done AND i.state IN ('queued', 'running') AND ($3::uuid IS NULL OR i.id = $3)
         AND (s.lease_expires_at IS NULL OR s.lease_expires_at < clock_timestamp() OR ${OWNER_IS_GONE})
       ORDER BY coalesce(busy.leases, 0), s.import_id, s.number FOR UPDATE OF s SKIP LOCKED LIMIT 1)
     UPDATE segments SET lease_owner = $1, lease_token = lease_token + 1, fruitless_claims = fruitless_claims + 1,
       lease_expires_at = clock_timestamp() + $2 * interval '1 millisecond', ${THIS_BACKEND}
     FROM open WHERE segments.import_id = open.import_id AND segments.number = open.number
     RETURNING segments.import_id, segments.number, lease_token, fruitless_claims, taken_over, request_id, traceparent`,
    [owner, leaseMs, importId ?? null],
  );
  const [row] = rows;
  if (!row) return null;
  return {
    importId: row.import_id,
    segment: row.number,
    token: Number(row.lease_token),
    fruitlessClaims: row.fruitless_claims,
    takenOver: row.taken_over,
    requestId: row.request_id,
    traceparent: row.traceparent,
  };
}

/**
 * Makes a lease last again. A segment whose row its own chunk holds just now is passed over: nobody can claim it.
 *
 * @throws LeaseLost if another worker owns the segment
 */
export async function renew(line: LeaseLine, lease: Lease, leaseMs: number): Promise<void> {
  const { rows } = await line.query<{ lease_token: string }>(
    `WITH free AS (
       SELECT import_id, number FROM segments
       WHERE import_id = $1 AND number = $2 AND lease_token = $3 AND NOT is_done FOR NO KEY UPDATE SKIP LOCKED
     ), renewed AS (
       UPDATE segments s SET lease_expires_at = clock_timestamp() + $4 * interval '1 millisecond', ${THIS_BACKEND}
       FROM free WHERE s.import_id = free.import_id AND s.number = free.number
     )
     SELECT lease_token FROM segments WHERE import_id = $1 AND number = $2`,
    [lease.importId, lease.segment, lease.token, leaseMs],
  );
  if (Number(rows[0]?.lease_token) !== lease.token) throw new LeaseLost();
}

/**
 * Ends the transactions of workers that stand still (a frozen machine, a cut line) and whose lease has run out: their
 * row locks would keep everybody from taking over. Only a session that has waited for its worker for a whole lease is
 * taken for one of these; a slow statement waits for something else.
 *
 * @returns how many were ended
 */
export async function endStalledTransactions(database: DataSource, leaseMs: number): Promise<number> {
  // A locked row carries the number of the transaction that locked it.
  const ended = (await database.query(
    `SELECT pg_terminate_backend(session.pid)
     FROM segments s JOIN pg_stat_activity session ON session.backend_xid = s.xmax
     WHERE NOT s.is_done AND s.lease_expires_at < clock_timestamp() AND session.wait_event_type = 'Client'
       AND session.state_change < clock_timestamp() - $1 * interval '1 millisecond'`,
    [leaseMs],
  )) as unknown[];
  return ended.length;
}

/** How a lease is given back. */
export interface Release {
  /** Nobody claims the segment for so long, milliseconds. */
  readonly pauseMs: number;
  /** Whether the segment itself may have been what ended the work; it counts towards giving the import up. */
  readonly isSuspect: boolean;
}

/** In good order: another worker may go on at once. */
const IN_ORDER: Release = { pauseMs: 0, isSuspect: false };

/** Gives a lease back. */
export async function release(
  database: { query(text: string, values: unknown[]): Promise<unknown> },
  lease: Lease,
  { pauseMs, isSuspect }: Release = IN_ORDER,
): Promise<void> {
  await database.query(
    `UPDATE segments SET lease_owner = NULL,
       lease_expires_at = CASE WHEN $4 > 0 THEN clock_timestamp() + $4 * interval '1 millisecond' END,
       fruitless_claims = greatest(fruitless_claims - $5, 0)
     WHERE import_id = $1 AND number = $2 AND lease_token = $3`,
    [lease.importId, lease.segment, lease.token, pauseMs, isSuspect ? 0 : 1],
  );
}

/** An operator paused or cancelled the import. Not a fault; the worker gives the lease back. */
export class ImportHalted extends Error {}

/**
 * Holds the segment and the import's state for the transaction, from the next flush on. Throws LeaseLost if another worker owns the segment by
 * now, ImportHalted if the import is not running any more.
 */
export async function fence(pipeline: Pipeline, lease: Lease): Promise<void> {
  // The import's lock is the weakest, because segments of one import are committed side by side: whoever has changed
  // the state waits by FOR UPDATE for the chunks under way, and none begins after it.
  const [row] = await pipeline.add(
    `WITH mine AS MATERIALIZED (
       SELECT 1 FROM segments WHERE import_id = $1 AND number = $2 AND lease_token = $3 FOR NO KEY UPDATE
     ), running AS MATERIALIZED (
       SELECT 1 FROM imports WHERE id = $1 AND state = 'running' FOR KEY SHARE
     )
     SELECT EXISTS (SELECT 1 FROM mine), EXISTS (SELECT 1 FROM running)`,
    [lease.importId, lease.segment, lease.token],
  );
  const [isOwner, isRunning] = row!;
  if (isOwner === 'f') throw new LeaseLost();
  if (isRunning === 'f') throw new ImportHalted();
}

/** Longest wait for chunks under way, milliseconds: that of a worker that stands still ends with its lease. */
const CHUNKS_MS = 5_000;

/**
 * Waits until no chunk of an import is under way, after its state was changed to one in which none begins. What a
 * worker that stands still has under way is not waited for beyond some seconds.
 */
export async function untilChunksEnded(database: DataSource, importId: string): Promise<void> {
  await database
    .transaction(async (manager) => {
      await manager.query(`SET LOCAL lock_timeout = ${CHUNKS_MS}`);
      await manager.query('SELECT 1 FROM imports WHERE id = $1 FOR UPDATE', [importId]);
    })
    .catch((error: { code?: string }) => {
      if (error.code !== LOCK_NOT_AVAILABLE) throw error;
    });
}

const LOCK_NOT_AVAILABLE = '55P03';
