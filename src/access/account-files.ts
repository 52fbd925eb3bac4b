import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { CONFIG, type Config } from '../config.js';
import { readAccounts, type Accounts } from './accounts.js';

/** Time between two looks whether a file has changed, milliseconds. Files of containers tell nothing by themselves. */
const LOOK_MS = 1_000;

/** The users file and the groups file: read at the start, and again whenever one of them changes. */
@Injectable()
export class AccountFiles implements OnApplicationShutdown {
  private accounts: Accounts;
  private readonly paths: readonly [users: string, groups: string];

  /** Throws what is wrong with the files. */
  constructor(
    @Inject(CONFIG) { usersFile, groupsFile }: Config,
    @InjectPinoLogger(AccountFiles.name) private readonly log: PinoLogger,
  ) {
    this.paths = [usersFile!, groupsFile!];
    this.accounts = this.read();
    for (const path of this.paths) watchFile(path, { interval: LOOK_MS, persistent: false }, this.readAgain);
  }

  /** The users as of now; another object when they have changed. */
  get current(): Accounts {
    return this.accounts;
  }

  onApplicationShutdown(): void {
    for (const path of this.paths) unwatchFile(path, this.readAgain);
  }

  private read(): Accounts {
    const [users, groups] = this.paths.map((path) => readFileSync(path, 'utf8')) as [string, string];
    const accounts = readAccounts(users, groups);
    for (const warning of accounts.warnings) this.log.warn(warning);
    this.log.info({ 'access.users': accounts.size }, 'users were read');
    return accounts;
  }

  private readonly readAgain = (): void => {
    try {
      this.accounts = this.read();
    } catch (error) {
      this.log.error(
        { 'event.reason': (error as Error).message },
        'changed users cannot be read; those from before stay',
      );
    }
  };
}
