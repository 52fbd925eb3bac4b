import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the list of imports is searched by, and when the pace of an import was measured. */
export class ListOfImports1764030000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import_status ADD paced_at timestamptz');
    await runner.query('CREATE INDEX import_status_created ON import_status (created_at)');
    await runner.query('CREATE INDEX import_status_file_name ON import_status (file_name, import_id)');
    await runner.query('CREATE INDEX import_status_sha256 ON import_status (file_sha256, import_id)');
    // Of each of these there are few, or there are many and the newest are found at once.
    await runner.query('CREATE INDEX import_status_dry_run ON import_status (import_id) WHERE dry_run');
    await runner.query('CREATE INDEX import_status_on_duplicate ON import_status (on_duplicate, import_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX import_status_created, import_status_file_name, import_status_sha256');
    await runner.query('DROP INDEX import_status_dry_run, import_status_on_duplicate');
    await runner.query('ALTER TABLE import_status DROP paced_at');
  }
}
