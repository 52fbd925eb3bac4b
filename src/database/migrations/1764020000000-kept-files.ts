import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When the stored file of an import was removed. */
export class KeptFiles1764020000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE imports ADD file_removed_at timestamptz');
    await runner.query('CREATE INDEX imports_with_file ON imports (finished_at) WHERE file_removed_at IS NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX imports_with_file');
    await runner.query('ALTER TABLE imports DROP file_removed_at');
  }
}
