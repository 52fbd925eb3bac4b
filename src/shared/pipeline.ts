import type { ClientBase, Connection } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import type { CopyRows } from './copy-rows.js';
import { strikeBeforeLast } from './fault-point.js';
import { tracedQuery } from './tracing/traced-query.js';

/** Values of a row as PostgreSQL writes them. */
export type PipelineRow = readonly (string | null)[];

/** A parameter as PostgreSQL reads it; an object goes as JSON. */
export type PipelineValue = string | number | boolean | null | object;

interface Step {
  readonly text: string;
  readonly values: readonly (string | null)[];
  /** What a COPY takes. */
  readonly pieces?: Iterable<Buffer>;
  readonly rows: PipelineRow[];
  readonly resolve: (rows: PipelineRow[]) => void;
  readonly reject: (error: unknown) => void;
}

/** What node-postgres keeps of a connection, as far as it is needed here and its types do not tell. */
interface Wire {
  readonly stream: { write(bytes: Buffer): void };
  parse(statement: { text: string }): void;
  bind(portal: { values: readonly (string | null)[] }): void;
  execute(portal: object): void;
  sync(): void;
  endCopyFrom(): void;
}

/**
 * Statements on one connection that wait for each other on the server and not here: they are noted, and sent together
 * when somebody needs an answer. A chunk costs two round trips so, where one for each statement would leave the server
 * idle for a fifth of the time. After one that fails the server passes over the rest.
 *
 * node-postgres sends a statement when the one before has been answered, and pg-copy-streams a COPY's rows when the
 * server has asked for them; neither is needed (PostgreSQL documentation, "Frontend/Backend Protocol", "Pipelining").
 */
export class Pipeline {
  private steps: Step[] = [];

  constructor(private readonly client: ClientBase) {}

  /** Notes a statement. Resolves with its rows, or rejects, when it has been sent and answered. */
  add(text: string, values: readonly PipelineValue[] = []): Promise<PipelineRow[]> {
    return this.note(text, values.map(asText));
  }

  /** Notes rows to be copied. The rows must stay as they are until they are sent. */
  copy(target: string, rows: CopyRows): Promise<unknown> {
    const pieces = rows.pieces();
    return this.note(`COPY ${target} FROM STDIN BINARY`, [], strikeBeforeLast('mid-copy', pieces) ?? pieces);
  }

  /** Sends what is noted, and then this statement. Returns its rows; rejects with the first fault of all that is sent. */
  async ask(text: string, values: readonly PipelineValue[] = []): Promise<PipelineRow[]> {
    const rows = this.add(text, values);
    await this.flush();
    return rows;
  }

  /** Sends what is noted. Rejects with the first fault. */
  async flush(): Promise<void> {
    const { steps } = this;
    if (steps.length === 0) return;
    this.steps = [];
    const send = () =>
      new Promise<void>((resolve, reject) => {
        this.client.query(new Batch(steps, resolve, reject) as never);
      });
    await tracedQuery('PIPELINE', () => steps.map(({ text }) => text).join(';\n'), send);
  }

  private note(text: string, values: readonly (string | null)[], pieces?: Iterable<Buffer>): Promise<PipelineRow[]> {
    const answered = new Promise<PipelineRow[]>((resolve, reject) => {
      this.steps.push({ text, values, ...(pieces ? { pieces } : {}), rows: [], resolve, reject });
    });
    // Whoever flushes is told too.
    answered.catch(() => undefined);
    return answered;
  }
}

const asText = (value: PipelineValue): string | null =>
  value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value);

/** Steps that are sent at once, as node-postgres wants a query to be. */
class Batch {
  private done = 0;

  constructor(
    private readonly steps: readonly Step[],
    private readonly resolve: () => void,
    private readonly reject: (error: unknown) => void,
  ) {}

  submit(connection: Connection): void {
    const wire = connection as unknown as Wire;
    for (const { text, values, pieces } of this.steps) {
      wire.parse({ text });
      wire.bind({ values });
      wire.execute({});
      if (pieces) sendCopy(wire, pieces);
    }
    wire.sync();
  }

  handleRowDescription(): void {}
  handleCopyInResponse(): void {}

  handleDataRow({ fields }: { fields: PipelineRow }): void {
    this.steps[this.done]!.rows.push(fields);
  }

  handleCommandComplete(): void {
    const { rows, resolve } = this.steps[this.done]!;
    this.done += 1;
    resolve(rows);
  }

  handleError(error: unknown): void {
    for (const step of this.steps.slice(this.done)) step.reject(error);
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }
}

function sendCopy(wire: Wire, pieces: Iterable<Buffer>): void {
  for (const piece of pieces) {
    const head = Buffer.allocUnsafe(5);
    head.write('d', 'latin1');
    head.writeUInt32BE(piece.length + 4, 1);
    wire.stream.write(head);
    wire.stream.write(piece);
  }
  wire.endCopyFrom();
}

/** Works within a transaction on a connection of its own. Its last statements go out together with the COMMIT. */
export async function inPipeline<T>(database: DataSource, work: (pipeline: Pipeline) => Promise<T>): Promise<T> {
  const runner: QueryRunner = database.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    const pipeline = new Pipeline(client);
    try {
      void pipeline.add('BEGIN');
      const result = await work(pipeline);
      await pipeline.ask('COMMIT');
      return result;
    } catch (error) {
      // A connection that is broken cannot roll back, and need not.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  } finally {
    await runner.release();
  }
}
