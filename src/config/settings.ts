import type { LimitsConfig } from './limits.js';

/** The settings of a process. Read once, never changed. */
export interface Config {
  /** The profile: how strict and how chatty the process is. */
  readonly env: 'development' | 'test' | 'production';
  /** What this process does: serve HTTP, run imports, or both. */
  readonly role: 'api' | 'worker' | 'all';
  /** Address that the API and the worker's probes listen on. */
  readonly host: string;
  /** Port of the API. 0 lets the system choose. */
  readonly port: number;
  /** Port of a worker's probes and metrics. 0 lets the system choose. */
  readonly workerPort: number;
  /** Port of the metrics alone; null where they are on the main port. 0 lets the system choose. */
  readonly metricsPort: number | null;
  /** How long an API that was told to end still takes requests while it is not ready any more, milliseconds. */
  readonly shutdownDelayMs: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Where uploads are kept: `file:<folder>` or `s3://bucket/prefix`. */
  readonly storageUrl: string;
  /** Folder of everything embedded. Absolute. */
  readonly dataDir: string;
  readonly logLevel: string;
  /** The htpasswd file of the users, with the Apache group file of their roles; null where everybody may do everything. */
  readonly usersFile: string | null;
  readonly groupsFile: string | null;
  /** Addresses and networks of proxies whose `X-Forwarded-…` headers count. */
  readonly trustProxy: readonly string[];
  /** Origins whose pages may use the API from a browser, as browsers send them. */
  readonly corsOrigins: readonly string[];
  /** Path of a rotating log file, to whose name the role and a number are added; empty for none. */
  readonly logFile: string;
  /** Size at which the log file gives way to the next, bytes. */
  readonly logFileMaxBytes: number;
  /** Log files that are kept, the one that is written to included. */
  readonly logFileCount: number;
  /** Where traces are sent by OTLP over HTTP; empty for none. */
  readonly otlpEndpoint: string;
  /** Headers for it, `name=value` by commas. */
  readonly otlpHeaders: string;
  /** Of the requests that come without a trace, those that are traced, percent. */
  readonly tracedPercent: number;
  /** Most connections of this process to PostgreSQL. */
  readonly databasePool: number;
  readonly imports: ImportsConfig;
  readonly limits: LimitsConfig;
  /** The text of RULES_FILE, or null. The orders module gives it its meaning. */
  readonly rulesJson: string | null;
  /** Folder in which `npm run chaos` asks for faults; empty but there. */
  readonly faultDir: string;
}

/** Settings of the import engine. */
export interface ImportsConfig {
  /** Records committed in one transaction. */
  readonly chunkRecords: number;
  /** How long a worker owns a segment without renewing, milliseconds. */
  readonly leaseMs: number;
  /** Time between two looks for work that nobody rang for, milliseconds. */
  readonly sweepMs: number;
  /** Least length of a segment, bytes; a smaller file is one. */
  readonly segmentBytes: number;
  /** Largest file taken, bytes. */
  readonly maxFileBytes: number;
  /** Segments, of one import or of several, that one worker process runs at once. */
  readonly slots: number;
  /** Days for which a file is kept when its import is over. */
  readonly keepFilesDays: number;
}
