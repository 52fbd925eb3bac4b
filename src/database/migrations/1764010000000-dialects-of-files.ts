import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A file is stored as UTF-8 and uncompressed; how long it was as it was sent, and which of its columns are ignored. */
export class DialectsOfFiles1764010000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Null in imports from before, and from older processes beside this one: they store files as these are sent.
    await runner.query('ALTER TABLE imports ADD sent_bytes bigint');
    await runner.query(
      `ALTER TABLE import_status ADD sent_bytes bigint, ADD ignored_columns jsonb NOT NULL DEFAULT '[]'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import_status DROP sent_bytes, DROP ignored_columns');
    await runner.query('ALTER TABLE imports DROP sent_bytes');
  }
}
