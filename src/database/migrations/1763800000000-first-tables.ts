import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders, the ledger of imports and their segments, the rejects, and the import status that clients see. */
export class FirstTables1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id         bigint PRIMARY KEY,
        import_id  uuid NOT NULL,
        record     bigint NOT NULL,
        line       bigint NOT NULL,
        birthday   date NOT NULL,
        valid      boolean NOT NULL,
        name       text NOT NULL,
        email      text NOT NULL,
        state      text NOT NULL,
        zipcode    text NOT NULL,
        violations text[] NOT NULL
      )`);
    await runner.query('CREATE INDEX orders_state ON orders (state, id)');
    await runner.query('CREATE INDEX orders_import ON orders (import_id, id)');
    await runner.query(`
      CREATE TABLE imports (
        id              uuid PRIMARY KEY,
        state           text NOT NULL,
        file_name       text,
        file_bytes      bigint NOT NULL,
        file_sha256     text NOT NULL,
        storage_key     text NOT NULL,
        storage_version text NOT NULL,
        dialect         jsonb NOT NULL,
        rule_set        jsonb NOT NULL,
        dry_run         boolean NOT NULL,
        on_duplicate    text NOT NULL,
        max_rejects     integer,
        request_id      text NOT NULL,
        created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
        started_at      timestamptz,
        finished_at     timestamptz,
        failure         jsonb
      )`);
    await runner.query(`
      CREATE TABLE segments (
        import_id        uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
        number           integer NOT NULL,
        to_byte          bigint NOT NULL,
        next_byte        bigint NOT NULL,
        next_record      bigint NOT NULL,
        next_line        bigint NOT NULL,
        destination      jsonb,
        valid            bigint NOT NULL DEFAULT 0,
        invalid          bigint NOT NULL DEFAULT 0,
        duplicate        bigint NOT NULL DEFAULT 0,
        malformed        bigint NOT NULL DEFAULT 0,
        violations       jsonb NOT NULL DEFAULT '{}',
        malformations    jsonb NOT NULL DEFAULT '{}',
        is_done          boolean NOT NULL DEFAULT false,
        lease_owner      text,
        lease_token      bigint NOT NULL DEFAULT 0,
        lease_expires_at timestamptz,
        fruitless_claims integer NOT NULL DEFAULT 0,
        PRIMARY KEY (import_id, number)
      )`);
    await runner.query('CREATE INDEX segments_open ON segments (import_id, number) WHERE NOT is_done');
    await runner.query(`
      CREATE TABLE rejects (
        import_id   uuid NOT NULL,
        record      bigint NOT NULL,
        line        bigint NOT NULL,
        outcome     text NOT NULL,
        reasons     text[] NOT NULL,
        params      jsonb,
        order_id    bigint,
        byte_offset bigint NOT NULL,
        byte_length bigint NOT NULL,
        PRIMARY KEY (import_id, record)
      )`);
    await runner.query(`
      CREATE TABLE import_status (
        import_id          uuid PRIMARY KEY REFERENCES imports ON DELETE CASCADE,
        state              text NOT NULL,
        file_name          text,
        file_bytes         bigint NOT NULL,
        file_sha256        text NOT NULL,
        delimiter          text NOT NULL,
        encoding           text NOT NULL,
        dry_run            boolean NOT NULL,
        on_duplicate       text NOT NULL,
        max_rejects        integer,
        request_id         text NOT NULL,
        bytes_read         bigint NOT NULL,
        records_per_second double precision,
        bytes_per_second   double precision,
        valid              bigint NOT NULL DEFAULT 0,
        invalid            bigint NOT NULL DEFAULT 0,
        duplicate          bigint NOT NULL DEFAULT 0,
        malformed          bigint NOT NULL DEFAULT 0,
        violations         jsonb NOT NULL DEFAULT '{}',
        malformations      jsonb NOT NULL DEFAULT '{}',
        created_at         timestamptz NOT NULL,
        started_at         timestamptz,
        finished_at        timestamptz,
        failure            jsonb
      )`);
    await runner.query('CREATE INDEX import_status_state ON import_status (state, import_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE import_status, rejects, segments, imports, orders');
  }
}
