import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import pg from 'pg';
import { CONFIG, type Config } from '../../config.js';
import { WORKER_ID } from '../workers/worker-roster.js';
import { claim, LeaseLost, release, renew, type Lease, type Release } from './lease.js';

/** A lease that is kept alive until it is let go. */
export interface HeldLease {
  readonly lease: Lease;
  /** Aborts with LeaseLost when another worker owns the segment. */
  readonly lost: AbortSignal;
  /** Stops renewing. */
  readonly letGo: () => void;
  /** Stops renewing and, after a fault, lets others claim the segment before the lease has run out. */
  readonly giveBack: (how: Release) => Promise<void>;
}

/**
 * Claims leases and renews them, on a connection and a timer of their own: nothing that an import does can keep the
 * worker from renewing, and when the process is killed PostgreSQL sees its end by this connection.
 */
@Injectable()
export class LeaseKeeper implements OnApplicationShutdown {
  private readonly held = new Map<Lease, AbortController>();
  private line: Promise<pg.Client> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isEnding = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectPinoLogger(LeaseKeeper.name) private readonly log: PinoLogger,
  ) {}

  /** Claims an open segment, of one import or of any; null if there is none. */
  async claim(importId?: string): Promise<HeldLease | null> {
    const lease = await claim(await this.connected(), WORKER_ID, this.config.imports.leaseMs, importId);
    if (!lease) return null;
    const lost = new AbortController();
    this.held.set(lease, lost);
    this.timer ??= setInterval(() => void this.renewAll(), this.config.imports.leaseMs / 3);
    return {
      lease,
      lost: lost.signal,
      letGo: () => this.held.delete(lease),
      giveBack: (how) => this.giveBack(lease, how),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    clearInterval(this.timer);
    await this.line?.then((client) => client.end()).catch(() => undefined);
  }

  private async giveBack(lease: Lease, how: Release): Promise<void> {
    this.held.delete(lease);
    // By the connection that renews: what was sent before cannot come after.
    await release(await this.connected(), lease, how);
  }

  private async renewAll(): Promise<void> {
    for (const [lease, lost] of this.held) {
      try {
        const line = await this.connected();
        // It may have been let go meanwhile; renewed now, it would keep others out for nothing.
        if (this.held.has(lease)) await renew(line, lease, this.config.imports.leaseMs);
      } catch (error) {
        if (error instanceof LeaseLost) lost.abort(error);
        else
          this.log.warn(
            { err: error, 'labels.import_id': lease.importId, 'http.request.id': lease.requestId },
            'lease not renewed',
          );
      }
    }
  }

  /** The connection, made anew where it broke. */
  private connected(): Promise<pg.Client> {
    this.line ??= this.connect().catch((error: unknown) => {
      this.line = undefined;
      throw error;
    });
    return this.line;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.config.databaseUrl,
      application_name: 'acme-orders-leases',
      connectionTimeoutMillis: 5_000,
      query_timeout: this.config.imports.leaseMs,
      keepAlive: true,
    });
    await client.connect();
    const line = this.line;
    // A broken connection says so twice; the second time another one may be in its place already.
    const reconnect = (): void => {
      if (this.isEnding || this.line !== line) return;
      this.line = undefined;
      // At once, because without a connection the leases are up for others.
      void this.renewAll();
    };
    client.on('error', reconnect);
    client.once('end', reconnect);
    return client;
  }
}
