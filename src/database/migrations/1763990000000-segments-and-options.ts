import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Several segments for a file, what becomes of taken ids, dry runs, undo, and imports that wait. */
export class SegmentsAndOptions1763990000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE segments ADD begin jsonb');
    await runner.query(
      `UPDATE segments SET begin = imports.dialect -> 'begin' || '{"destination": null}'
       FROM imports WHERE imports.id = import_id`,
    );
    await runner.query('ALTER TABLE segments ALTER begin SET NOT NULL');
    await runner.query('ALTER TABLE rejects ALTER byte_offset DROP NOT NULL, ALTER byte_length DROP NOT NULL');
    await runner.query('ALTER TABLE orders ADD original_id bigint');
    // From 2^52 + 1 to 2^53 - 1: files may use these ids too, but nobody counts that far.
    await runner.query('CREATE SEQUENCE orders_new_id MINVALUE 4503599627370497 MAXVALUE 9007199254740991');
    await runner.query(`
      CREATE TABLE trial_orders (
        import_id  uuid NOT NULL,
        id         bigint NOT NULL,
        record     bigint NOT NULL,
        line       bigint NOT NULL,
        valid      boolean NOT NULL,
        violations text[] NOT NULL,
        PRIMARY KEY (import_id, id)
      )`);
    const undo =
      'ADD undo_requested_at timestamptz, ADD undone_at timestamptz, ADD orders_removed bigint NOT NULL DEFAULT 0';
    await runner.query(`ALTER TABLE imports ${undo}`);
    await runner.query(`ALTER TABLE import_status ${undo}, ADD waiting jsonb`);
    await runner.query(
      'CREATE INDEX imports_undo ON imports (id) WHERE undo_requested_at IS NOT NULL AND undone_at IS NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    const undo = 'DROP undo_requested_at, DROP undone_at, DROP orders_removed';
    await runner.query(`ALTER TABLE import_status ${undo}, DROP waiting`);
    await runner.query(`ALTER TABLE imports ${undo}`);
    await runner.query('DROP TABLE trial_orders');
    await runner.query('DROP SEQUENCE orders_new_id');
    await runner.query('ALTER TABLE orders DROP original_id');
    await runner.query('DELETE FROM rejects WHERE byte_offset IS NULL');
    await runner.query('ALTER TABLE rejects ALTER byte_offset SET NOT NULL, ALTER byte_length SET NOT NULL');
    await runner.query('ALTER TABLE segments DROP begin');
  }
}
