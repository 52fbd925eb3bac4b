import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbered changes of an import's state, leases that end with a connection, idempotency keys, repeated files. */
export class ControlOfImports1763890000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE imports ADD revision bigint NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE import_status ADD revision bigint NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE segments ADD lease_backend integer, ADD lease_backend_started timestamptz');
    await runner.query('ALTER TABLE import_status ADD same_file_as uuid');
    await runner.query('CREATE INDEX imports_file ON imports (file_sha256, id)');
    await runner.query(`
      CREATE TABLE idempotency_keys (
        key         text PRIMARY KEY,
        held_until  timestamptz NOT NULL,
        import_id   uuid REFERENCES imports ON DELETE CASCADE,
        file_sha256 text,
        options     jsonb,
        created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
    await runner.query('DROP INDEX imports_file');
    await runner.query('ALTER TABLE import_status DROP same_file_as');
    await runner.query('ALTER TABLE segments DROP lease_backend, DROP lease_backend_started');
    await runner.query('ALTER TABLE import_status DROP revision');
    await runner.query('ALTER TABLE imports DROP revision');
  }
}
