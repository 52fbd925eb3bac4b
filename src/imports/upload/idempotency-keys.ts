import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { InvalidParameters } from '../../shared/errors.js';
import { IdempotencyKeyInUse } from '../errors.js';

/** How long a key is held for an upload that gives no sign of life, milliseconds. */
const HOLD_MS = 15_000;
/** Letters, digits and signs; at least one, at most 255. */
const WELL_FORMED = /^[\x21-\x7e]{1,255}$/;

/** What a key was used for. */
export interface UsedKey {
  readonly importId: string;
  readonly fileSha256: string;
  readonly options: unknown;
  /** How the file was read. */
  readonly delimiter: string;
  readonly encoding: string;
}

/** A key that is ours while a file is uploaded. */
export interface HeldKey {
  readonly key: string;
  /** Ends the hold; the key is free again unless an import was started with it. */
  letGo(): Promise<void>;
}

/** The client's `Idempotency-Key`s (IETF draft-ietf-httpapi-idempotency-key-header), in PostgreSQL like every fact. */
@Injectable()
export class IdempotencyKeys {
  constructor(private readonly database: DataSource) {}

  /**
   * Holds a key for a new import, or tells what it was used for.
   *
   * @throws IdempotencyKeyInUse while another upload with the key is under way
   */
  async hold(key: string): Promise<HeldKey | UsedKey> {
    const held = (await this.database.query(
      `INSERT INTO idempotency_keys (key, held_until) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')
       ON CONFLICT (key) DO UPDATE SET held_until = excluded.held_until
       WHERE idempotency_keys.import_id IS NULL AND idempotency_keys.held_until < clock_timestamp()
       RETURNING key`,
      [key, HOLD_MS],
    )) as unknown[];
    if (held.length > 0) return this.keep(key);
    const [used] = (await this.database.query(
      `SELECT used.import_id AS "importId", used.file_sha256 AS "fileSha256", used.options,
         imports.dialect ->> 'delimiter' AS delimiter, imports.dialect ->> 'encoding' AS encoding
       FROM idempotency_keys used JOIN imports ON imports.id = used.import_id WHERE used.key = $1`,
      [key],
    )) as UsedKey[];
    if (!used) throw new IdempotencyKeyInUse();
    return used;
  }

  private keep(key: string): HeldKey {
    const renewal = setInterval(() => void this.renew(key).catch(() => undefined), HOLD_MS / 3);
    return {
      key,
      letGo: async () => {
        clearInterval(renewal);
        await this.database.query('DELETE FROM idempotency_keys WHERE key = $1 AND import_id IS NULL', [key]);
      },
    };
  }

  private async renew(key: string): Promise<void> {
    await this.database.query(
      `UPDATE idempotency_keys SET held_until = clock_timestamp() + $2 * interval '1 millisecond'
       WHERE key = $1 AND import_id IS NULL`,
      [key, HOLD_MS],
    );
  }
}

/** The key in the header's value, with or without the quotes of the draft; null where there is no header. */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : '';
  if (!WELL_FORMED.test(key)) {
    throw new InvalidParameters([{ field: 'Idempotency-Key', code: 'imports.errors.not-a-key' }]);
  }
  return key;
}

/** Forgets keys that are older than clients may rely on. */
export async function forgetOldKeys(database: DataSource): Promise<void> {
  await database.query(`DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '48 hours'`);
}
