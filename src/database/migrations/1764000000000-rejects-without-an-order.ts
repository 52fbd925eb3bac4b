import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An invalid order is its own reject, and is not written twice. The table keeps the rejects that have no order; `rejects`
 * becomes a view of both.
 */
export class RejectsWithoutAnOrder1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX orders_invalid ON orders (import_id, record) WHERE NOT valid');
    await runner.query('ALTER TABLE rejects RENAME TO unstored_rejects');
    await runner.query('ALTER INDEX rejects_pkey RENAME TO unstored_rejects_pkey');
    await runner.query(
      `DELETE FROM unstored_rejects reject USING orders
       WHERE reject.outcome = 'invalid' AND NOT orders.valid
         AND orders.import_id = reject.import_id AND orders.record = reject.record`,
    );
    await runner.query(`
      CREATE VIEW rejects AS
        SELECT import_id, record, line, 'invalid'::text AS outcome, violations AS reasons, NULL::jsonb AS params,
          coalesce(original_id, id) AS order_id, NULL::bigint AS byte_offset, NULL::bigint AS byte_length
        FROM orders WHERE NOT valid
        UNION ALL
        SELECT import_id, record, line, outcome, reasons, params, order_id, byte_offset, byte_length
        FROM unstored_rejects`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW rejects');
    await runner.query('ALTER TABLE unstored_rejects RENAME TO rejects');
    await runner.query('ALTER INDEX unstored_rejects_pkey RENAME TO rejects_pkey');
    await runner.query(
      `INSERT INTO rejects (import_id, record, line, outcome, reasons, order_id)
       SELECT import_id, record, line, 'invalid', violations, coalesce(original_id, id) FROM orders WHERE NOT valid`,
    );
    await runner.query('DROP INDEX orders_invalid');
  }
}
