import { Inject, Injectable, Optional } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONFIG, type Config } from '../config.js';
import type { Account } from './accounts.js';
import { isCrossSite } from './cross-site.js';
import { CrossSite, Forbidden, TooBusy, TooManyAttempts } from './errors.js';
import { includes, neededRole, type Role } from './roles.js';
import { SignIn } from './sign-in.js';

/**
 * How long those wait for their refusal who try too often, at least and at most, milliseconds: else they would ask again
 * at once, and those who asked in one moment again in one.
 */
const REFUSED_AFTER_MS = [1_000, 2_000] as const;
/** Most who wait for it; more of them are refused at once. */
const MOST_HELD_BACK = 1_000;

/**
 * Stands before everything that the server answers, routes of Nest and of plugins and unknown ones, and before a byte of
 * a body is read.
 */
@Injectable()
export class AccessHook {
  private readonly trusted: ReadonlySet<string>;
  private heldBack = 0;

  constructor(
    @Inject(CONFIG) { corsOrigins }: Config,
    @InjectPinoLogger(AccessHook.name) private readonly log: PinoLogger,
    /** Not there where no users are configured: then everybody may do everything. */
    @Optional() @Inject(SignIn) private readonly signIn?: SignIn,
  ) {
    this.trusted = new Set(corsOrigins);
  }

  /**
   * To be called behind the hooks that note a request in the log and find its language, and before any module adds routes:
   * a plugin, such as that of the queue board, has only the hooks that were there before it.
   */
  guard(server: FastifyInstance): void {
    server.addHook('onRequest', (request, _reply, done) => this.check(request, done));
  }

  private check(request: FastifyRequest, done: (error?: Error) => void): void {
    request.user = null;
    if (isCrossSite(request, this.trusted)) return done(new CrossSite());
    if (!this.signIn) return done();
    const needed = neededRole(request);
    if (needed === 'everybody') return done();
    const account = this.signIn.remembered(request);
    if (account) return done(this.admit(request, account, needed));
    void this.checkPassword(request, needed, done);
  }

  private async checkPassword(request: FastifyRequest, needed: Role, done: (error?: Error) => void): Promise<void> {
    let refusal: Error | undefined;
    try {
      const account = await this.signIn!.check(request.headers.authorization, request.ip);
      refusal = this.admit(request, account, needed);
    } catch (error) {
      refusal = error as Error;
      if (error instanceof TooManyAttempts || error instanceof TooBusy) await this.holdBack();
    }
    done(refusal);
  }

  private async holdBack(): Promise<void> {
    if (this.heldBack >= MOST_HELD_BACK) return;
    this.heldBack += 1;
    const [least, most] = REFUSED_AFTER_MS;
    await sleep(least + Math.random() * (most - least), undefined, { ref: false });
    this.heldBack -= 1;
  }

  /** Notes the user on the request; why that user may not do this, undefined for one who may. */
  private admit(request: FastifyRequest, { name, role }: Account, needed: Role): Forbidden | undefined {
    if (role) request.user = { name, role };
    if (role && includes(role, needed)) return undefined;
    this.log.warn({ 'user.name': name, 'access.role': needed }, 'access refused');
    return new Forbidden(needed);
  }
}
