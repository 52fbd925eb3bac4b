import { inProduction, integer } from './kinds.js';

const OFF = '0: none';

/** What a process sets to those who ask too much of it. */
export const LIMIT_KEYS = {
  uploadsPerUser: inProduction(
    integer(
      'LIMIT_UPLOADS_PER_USER',
      1,
      10_000,
      50,
      'Uploads at once of one user, or of one address where there are no users, in one process',
    ),
    '10',
  ),
  uploadsAtOnce: integer('LIMIT_UPLOADS', 1, 10_000, 50, 'Uploads at once in one process'),
  uploadBytesPerSecond: integer(
    'LIMIT_UPLOAD_BYTES_PER_SECOND',
    0,
    1024 ** 3,
    1_024,
    `Slowest upload that is taken, on average of a window, bytes per second; ${OFF}`,
  ),
  uploadWindowMs: integer(
    'LIMIT_UPLOAD_WINDOW_MS',
    500,
    3_600_000,
    30_000,
    'Length of that window, milliseconds, of which each upload has up to a tenth more at random',
  ),
  queuedImportsPerUser: integer(
    'LIMIT_QUEUED_IMPORTS_PER_USER',
    0,
    1_000_000,
    1_000,
    `Imports of one user, or of all where there are no users, that are queued, running or paused; ${OFF}`,
  ),
  requestsPerMinute: inProduction(
    integer(
      'LIMIT_REQUESTS_PER_MINUTE',
      0,
      1_000_000_000,
      0,
      `Requests of one user, or of one address where there are no users, in a minute; ${OFF}`,
    ),
    '6000',
  ),
  headersMs: integer('LIMIT_HEADERS_MS', 500, 600_000, 20_000, 'Time for the headers of a request, milliseconds'),
  idleMs: integer(
    'LIMIT_IDLE_MS',
    500,
    600_000,
    72_000,
    'Time after which a connection without a request is closed, milliseconds; longer than the balancer keeps one',
  ),
  statementMs: integer(
    'DATABASE_STATEMENT_TIMEOUT_MS',
    0,
    3_600_000,
    30_000,
    `Longest query of role api, milliseconds; exports are not held to it, and role all has none; ${OFF}`,
  ),
} as const;

/** What a process sets to those who ask too much of it. 0 is no limit where the key allows it. */
export interface LimitsConfig {
  /** Uploads at once in this process: of one user or address, and in all. */
  readonly uploadsPerUser: number;
  readonly uploadsAtOnce: number;
  /** Slowest upload, on average of a window of the other's length. */
  readonly uploadBytesPerSecond: number;
  readonly uploadWindowMs: number;
  /** Imports of one user that are not over. */
  readonly queuedImportsPerUser: number;
  /** Requests of one user or address to all processes. */
  readonly requestsPerMinute: number;
  /** Time for the headers of a request, and for a connection without one, milliseconds. */
  readonly headersMs: number;
  readonly idleMs: number;
  /** Longest query of a process of role `api`, milliseconds. */
  readonly statementMs: number;
}

/** The values of LIMIT_KEYS for themselves, and all others. */
export function splitLimits<V extends LimitsConfig>(
  values: V,
): { limits: LimitsConfig; rest: Omit<V, keyof LimitsConfig> } {
  const entries = Object.entries(values);
  const limits = entries.filter(([name]) => name in LIMIT_KEYS);
  const rest = entries.filter(([name]) => !(name in LIMIT_KEYS));
  return {
    limits: Object.freeze(Object.fromEntries(limits)) as LimitsConfig,
    rest: Object.fromEntries(rest) as Omit<V, keyof LimitsConfig>,
  };
}
