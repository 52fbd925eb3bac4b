import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which span of a trace accepted an import. */
export class TracesOfImports1764040000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE imports ADD traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE imports DROP traceparent');
  }
}
