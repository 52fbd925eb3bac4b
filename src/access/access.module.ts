import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config.js';
import { AccessHook } from './access.hook.js';
import { AccountFiles } from './account-files.js';
import { HashLine } from './hash-line.js';
import { SignIn } from './sign-in.js';
import { Throttle } from './throttle.js';

/** Who may do what. Without a users file everybody may do everything; the configuration says where that is allowed. */
@Module({})
export class AccessModule {
  static forConfig({ usersFile }: Config): DynamicModule {
    const signIn = usersFile === null ? [] : [AccountFiles, Throttle, HashLine, SignIn];
    return { module: AccessModule, providers: [AccessHook, ...signIn] };
  }
}
