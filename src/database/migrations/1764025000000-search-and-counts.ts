import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One index for whatever orders are looked for by, how many orders there are of each kind, and secrets of the service. */
export class SearchAndCounts1764025000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE EXTENSION IF NOT EXISTS btree_gin');
    // New entries are only noted, and merged in when there is time (TidyOrdersCommand): an import does not wait for it.
    await runner.query(`
      CREATE INDEX orders_search ON orders USING gin (
        (left(zipcode, 5)),
        birthday,
        (hashtext(lower(email)) & 16383),
        (lower(split_part(email, '@', -1)) COLLATE "C"),
        violations
      ) WITH (gin_pending_list_limit = 2097151)`);
    await runner.query('ALTER TABLE orders SET (autovacuum_analyze_scale_factor = 0.02)');
    await runner.query(`
      CREATE TABLE order_counts (
        id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        counts jsonb NOT NULL
      )`);
    await runner.query(`
      INSERT INTO order_counts (counts)
      SELECT jsonb_object_agg(kind, count) FROM (
        SELECT CASE WHEN valid THEN 'valid.' ELSE 'invalid.' END
            || CASE WHEN state COLLATE "C" ~ '^[A-Z]{2}$' THEN state ELSE 'other' END AS kind, count(*)
        FROM orders GROUP BY kind
        UNION ALL SELECT 'rule.' || rule, count(*) FROM orders, unnest(violations) AS rule GROUP BY rule
      ) counted HAVING count(*) > 0`);
    await runner.query('CREATE TABLE secrets (name text PRIMARY KEY, value bytea NOT NULL)');
    await runner.query(
      `INSERT INTO secrets VALUES ('cursors',
         sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE secrets, order_counts');
    await runner.query('ALTER TABLE orders RESET (autovacuum_analyze_scale_factor)');
    await runner.query('DROP INDEX orders_search');
  }
}
