import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators watch: the workers that are there, and since when an import waits for one. */
export class WatchedWorkers1764050000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE workers (
        id text PRIMARY KEY,
        host text NOT NULL,
        pid integer NOT NULL,
        version text NOT NULL,
        slots integer NOT NULL,
        started_at timestamptz NOT NULL,
        heartbeat_at timestamptz NOT NULL,
        alive_until timestamptz NOT NULL
      )`);
    await runner.query('ALTER TABLE imports ADD queued_at timestamptz NOT NULL DEFAULT now()');
    await runner.query(
      `CREATE INDEX imports_open ON imports (state, queued_at) WHERE state IN ('queued', 'running', 'paused')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX imports_open');
    await runner.query('ALTER TABLE imports DROP queued_at');
    await runner.query('DROP TABLE workers');
  }
}
