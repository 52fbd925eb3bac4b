import { InjectQueue, OnQueueError, Processor } from '@nestjs/bull';
import type { OnApplicationBootstrap } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { IMPORT_QUEUE, type DoorbellJob } from './doorbell.js';
import { ImportWorker } from './import-worker.js';

/** Rings answered at once; those that find no free slot end at once. */
const CONCURRENCY = 64;

/** Answers the doorbell. What there is to do, and how far it got, is PostgreSQL's to say. */
@Processor(IMPORT_QUEUE)
export class ImportProcessor implements OnApplicationBootstrap {
  private lastError = '';

  constructor(
    @InjectQueue(IMPORT_QUEUE) private readonly queue: Queue<Partial<DoorbellJob>>,
    private readonly worker: ImportWorker,
    @InjectPinoLogger(ImportProcessor.name) private readonly log: PinoLogger,
  ) {}

  onApplicationBootstrap(): void {
    // Not by @Process, which leaves this promise alone: it rejects where the process is told to end before Redis has
    // answered, and would make an orderly end a failure.
    this.queue.process(CONCURRENCY, (job) => this.process(job)).catch((error: Error) => this.noteError(error));
  }

  private async process({ data }: Job<Partial<DoorbellJob>>): Promise<void> {
    // A job that was removed while it ran comes back from Redis without its data.
    if (data.importId) await Promise.all([this.worker.work(data.importId), this.worker.removeOrders()]);
  }

  /** Redis being away is said once, not with every try to reach it. */
  @OnQueueError()
  noteError(error: Error): void {
    if (error.message === this.lastError) return;
    this.lastError = error.message;
    this.log.warn({ err: error }, 'the queue does not answer; imports are found by sweeping');
  }
}
