import { Injectable } from '@nestjs/common';
import type { EventEmitter } from 'node:events';
import { Ending } from '../../shared/http/ending.js';
import type { ImportStatusEntity } from './import-status.entity.js';
import { isFinal } from './status-events.js';
import { StatusWatch } from './status-watch.js';

/** Requests that wait for the end of an import. However many wait, one look at the database serves them all. */
@Injectable()
export class StatusWait {
  private readonly answers = new Set<() => void>();

  constructor(
    private readonly watch: StatusWatch,
    private readonly ending: Ending,
  ) {
    ending.signal.addEventListener('abort', () => this.answers.forEach((answer) => answer()));
  }

  /**
   * The status as it is when it is final, or when the time is over, the client closed its connection, or this process
   * is told to end. Never rejects.
   */
  untilFinal(first: ImportStatusEntity, ms: number, client: EventEmitter): Promise<ImportStatusEntity> {
    if (isFinal(first) || ms === 0 || this.ending.hasBegun) return Promise.resolve(first);
    return new Promise((resolve) => {
      let last = first;
      let stop = (): void => undefined;
      const answer = (): void => {
        stop();
        clearTimeout(timer);
        client.off('close', answer);
        this.answers.delete(answer);
        resolve(last);
      };
      const timer = setTimeout(answer, ms);
      client.once('close', answer);
      this.answers.add(answer);
      stop = this.watch.watch(first.importId, (seen) => {
        if (seen) last = seen.status;
        if (!seen || isFinal(last)) answer();
      });
    });
  }
}
