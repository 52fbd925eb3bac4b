import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who has brought an import: what one user has under way is limited. */
export class UsersOfImports1764060000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE imports ADD user_name text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE imports DROP user_name');
  }
}
