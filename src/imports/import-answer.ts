import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { I18nContext } from 'nestjs-i18n';
import { waitOf } from '../shared/http/prefer.js';
import { varyOn } from '../shared/http/vary.js';
import { toImport, type Import } from './import.dto.js';
import type { ImportStatusEntity } from './status/import-status.entity.js';
import { isFinal } from './status/status-events.js';
import { StatusWait } from './status/status-wait.js';

/** Longest wait that is granted to a client, seconds. */
export const MOST_WAIT = 60;
/** Bounds of `Retry-After`, seconds. */
const RETRY_AFTER = { least: 1, most: 30 };
/** When to look again at an import of which nobody knows how long it takes, seconds. */
const LOOK_AGAIN = 2;

/** Answers a request with an import: after the wait that was asked for, and with when to ask again. */
@Injectable()
export class ImportAnswer {
  constructor(private readonly waits: StatusWait) {}

  async of(status: ImportStatusEntity, reply: FastifyReply, i18n: I18nContext): Promise<Import> {
    const seconds = waitOf(reply.request.headers.prefer as string | undefined, MOST_WAIT);
    varyOn(reply, 'Prefer');
    if (seconds === null) return answered(status, reply, i18n);
    void reply.header('preference-applied', `wait=${seconds}`);
    return answered(await this.waits.untilFinal(status, seconds * 1000, reply.raw), reply, i18n);
  }
}

function answered(status: ImportStatusEntity, reply: FastifyReply, i18n: I18nContext): Import {
  const answer = toImport(status, i18n);
  if (!isFinal(status)) void reply.header('retry-after', retryAfter(answer));
  return answer;
}

/** Seconds until it makes sense to ask for an import again that is not over: about when it is. */
export function retryAfter({ state, waiting, progress }: Pick<Import, 'state' | 'waiting' | 'progress'>): number {
  // Somebody has to do something first.
  if (state === 'paused' || waiting) return RETRY_AFTER.most;
  return Math.min(Math.max(progress.etaSeconds ?? LOOK_AGAIN, RETRY_AFTER.least), RETRY_AFTER.most);
}
