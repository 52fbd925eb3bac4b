import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { AccountFiles } from './account-files.js';
import type { Account, Accounts } from './accounts.js';
import { readCredentials, type Credentials } from './credentials.js';
import { SignInNeeded, WrongPassword } from './errors.js';
import { HashLine } from './hash-line.js';
import { KnownCredentials } from './known-credentials.js';
import { networkOf } from './network.js';
import { Throttle } from './throttle.js';

/** Finds out who sends a request by its `Authorization` header. */
@Injectable()
export class SignIn {
  private readonly known = new KnownCredentials();
  private readonly underWay = new Map<string, Promise<Account>>();
  private accounts: Accounts;

  constructor(
    private readonly files: AccountFiles,
    private readonly throttle: Throttle,
    private readonly hashes: HashLine,
    @InjectPinoLogger(SignIn.name) private readonly log: PinoLogger,
  ) {
    this.accounts = files.current;
  }

  /** The user of credentials that were right within the last minute, at the cost of one digest. */
  remembered(request: Pick<FastifyRequest, 'headers' | 'ip'>): Account | undefined {
    const { authorization } = request.headers;
    if (authorization === undefined) return undefined;
    this.noticeChange();
    const digest = this.known.digestOf(authorization);
    const name = this.known.fresh(digest);
    if (name === undefined) return undefined;
    if (this.known.takeRenewal(digest)) this.renew(authorization, request.ip);
    return this.accounts.find(name);
  }

  /**
   * The user of these credentials. Throws SignInNeeded where there are none, WrongPassword, TooManyAttempts where
   * others were wrong before, and TooBusy.
   */
  async check(authorization: string | undefined, address: string): Promise<Account> {
    const credentials = readCredentials(authorization);
    if (!credentials) throw new SignInNeeded();
    const network = networkOf(address);
    const digest = this.known.digestOf(authorization!);
    // Who was right before is not made to wait by those who guess.
    if (!this.known.has(digest)) this.throttle.checkWaiting(network);
    const key = `${digest} ${network}`;
    // A client that begins with many requests at once has its password checked once.
    const checked = this.underWay.get(key) ?? this.checkOnce(credentials, digest, network);
    this.underWay.set(key, checked);
    return checked.finally(() => this.underWay.delete(key));
  }

  /** Checks in the background what is still remembered. Where there is no room for that, the next minute begins with it. */
  private renew(authorization: string, address: string): void {
    this.check(authorization, address).catch(() => undefined);
  }

  private checkOnce(credentials: Credentials, digest: string, network: string): Promise<Account> {
    return this.hashes.within(network, async () => {
      if (!this.known.has(digest)) await this.throttle.admit(credentials.name, network);
      const accounts = this.files.current;
      const account = accounts.find(credentials.name);
      // An unknown user takes the same work as a wrong password.
      const { hash } = account ?? accounts.decoyOf(credentials.name);
      const isRight = await this.hashes.compare(credentials.password, hash);
      if (!account || !isRight) return this.refuse(credentials.name, digest, network);
      await this.throttle.succeeded(account.name, network);
      this.noticeChange();
      if (accounts === this.accounts) this.known.keep(digest, account.name);
      return account;
    });
  }

  private async refuse(name: string, digest: string, network: string): Promise<never> {
    this.known.drop(digest);
    await this.throttle.failed(name, network);
    // People type a password where the name belongs, so an unknown name is not logged.
    const user = this.accounts.find(name) ? name : undefined;
    this.log.warn({ 'user.name': user, 'client.address': network }, 'sign-in refused');
    throw new WrongPassword();
  }

  private noticeChange(): void {
    if (this.accounts === this.files.current) return;
    this.accounts = this.files.current;
    this.known.makeStale();
  }
}
