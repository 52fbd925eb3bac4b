import { InjectQueue } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bull';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';

export const IMPORT_QUEUE = 'imports';

/** Most workers that are rung for one import; the others come by sweeping. */
const MOST_RINGS = 8;

/** All that a Bull job carries. */
export interface DoorbellJob {
  readonly importId: string;
}

/**
 * Tells the workers, by a Bull job, that an import waits. Losing the ring only delays: they sweep too. Nobody waits
 * for it, because adding a job hangs for as long as Redis is away.
 */
@Injectable()
export class Doorbell {
  constructor(
    @InjectQueue(IMPORT_QUEUE) private readonly queue: Queue<DoorbellJob>,
    @InjectPinoLogger(Doorbell.name) private readonly log: PinoLogger,
  ) {}

  /**
   * @param revision of the import: Bull drops a job whose id it has seen and not yet forgotten
   * @param segments how many workers could begin at once
   */
  ring(importId: string, revision = 0, segments = 1): void {
    const jobs = Array.from({ length: Math.min(segments, MOST_RINGS) }, (_, number) => ({
      data: { importId },
      opts: { jobId: `${importId}:${revision}:${number}`, removeOnComplete: true, removeOnFail: true },
    }));
    this.queue.addBulk(jobs).catch((error) => {
      this.log.warn(
        { err: error as Error, 'labels.import_id': importId },
        'the queue does not answer; a worker finds the import by sweeping',
      );
    });
  }
}
