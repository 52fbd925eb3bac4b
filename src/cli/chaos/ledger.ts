import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';

/** A segment that is not done, of an import that is to go on. */
export interface OpenSegment {
  readonly importId: string;
  readonly number: number;
  readonly owner: string | null;
  readonly token: number;
  readonly nextRecord: number;
}

const PATIENCE_MS = 60_000;
const LOOK_MS = 15;

const OPEN = `SELECT s.import_id AS "importId", s.number, s.lease_owner AS owner, s.lease_token::int AS token,
    s.next_record::int AS "nextRecord"
  FROM segments s JOIN imports i ON i.id = s.import_id
  WHERE NOT s.is_done AND i.state IN ('queued', 'running')`;

/** A segment that is done, or whose import has ended, has nothing to go on with. */
const GOES_ON = `SELECT 1 FROM segments s JOIN imports i ON i.id = s.import_id
  WHERE s.import_id = $1 AND s.number = $2 AND (s.is_done OR i.state NOT IN ('queued', 'running')`;

/** What PostgreSQL says, asked directly and not by the service. Waits while the server is away. */
export class Ledger {
  private readonly pool: Pool;

  constructor(databaseUrl: string) {
    this.pool = new Pool({ connectionString: databaseUrl, max: 6, application_name: 'chaos' });
    this.pool.on('error', () => undefined);
  }

  async query<T>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    return (await this.patiently(() => this.pool.query(text, [...values]))).rows as T[];
  }

  /** Rows as arrays of their columns. */
  async rows(text: string, values: readonly unknown[]): Promise<unknown[][]> {
    return (await this.patiently(() => this.pool.query({ text, values: [...values], rowMode: 'array' }))).rows;
  }

  openSegments(): Promise<OpenSegment[]> {
    return this.query<OpenSegment>(OPEN);
  }

  /** The open segments that this worker process owns. */
  async ownedBy(pid: number): Promise<OpenSegment[]> {
    return (await this.openSegments()).filter(({ owner }) => owner === `${hostname()}:${pid}`);
  }

  /** Process numbers of the workers that own something. */
  async owners(): Promise<number[]> {
    const names = (await this.openSegments()).flatMap(({ owner }) => owner ?? []);
    return [...new Set(names)].map((name) => Number(name.split(':').at(-1)));
  }

  /** Milliseconds from `since` until each of these segments has a chunk that was committed by a later claim. */
  takenOver(segments: readonly OpenSegment[], since: number): Promise<number[]> {
    const sql = `${GOES_ON} OR (lease_token > $3 AND fruitless_claims = 0))`;
    return this.eachWhen(segments, since, sql, ({ token }) => token);
  }

  /** Milliseconds from `since` until each of these segments has another chunk. */
  advanced(segments: readonly OpenSegment[], since: number): Promise<number[]> {
    const sql = `${GOES_ON} OR next_record > $3)`;
    return this.eachWhen(segments, since, sql, ({ nextRecord }) => nextRecord);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private eachWhen(
    segments: readonly OpenSegment[],
    since: number,
    sql: string,
    than: (segment: OpenSegment) => number,
  ): Promise<number[]> {
    const look = async (segment: OpenSegment): Promise<number> => {
      const values = [segment.importId, segment.number, than(segment)];
      while (performance.now() - since < PATIENCE_MS) {
        if ((await this.query(sql, values)).length > 0) return performance.now() - since;
        await sleep(LOOK_MS);
      }
      return Number.POSITIVE_INFINITY;
    };
    return Promise.all(segments.map(look));
  }

  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isPassing(error) || performance.now() > until) throw error;
        await sleep(30);
      }
    }
  }
}

/**
 * The server is down, starting, ending or full (57P, 53300), the connection broke, or the statement stood in the way of
 * the service's (40P01); not a fault of the question.
 */
function isPassing(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return !/^[0-9A-Z]{5}$/.test(code) || ['53300', '40P01'].includes(code) || /^(57P|08)/.test(code);
}
