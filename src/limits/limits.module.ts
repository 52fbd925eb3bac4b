import { Module } from '@nestjs/common';
import { LimitsHook } from './limits.hook.js';

/** What an API does not take: too much at once, too often, or too long. */
@Module({ providers: [LimitsHook] })
export class LimitsModule {}
