import { Injectable } from '@nestjs/common';
import { Metrics } from '../../metrics/index.js';
import { DomainError } from '../../shared/errors.js';
import { UploadCutOff } from '../errors.js';

/** Kinds of DomainError for which the client is not to blame. */
const OURS: readonly string[] = ['unavailable', 'storage-full'];

/** What an API counts of the files that it is sent. */
@Injectable()
export class UploadMetrics {
  private readonly uploads;
  private readonly bytes;
  private readonly underWay;

  constructor(metrics: Metrics) {
    this.uploads = metrics.counter(
      'uploads_total',
      'Uploads by their result: accepted, refused for what was sent, cut off by the client, or failed by our fault.',
      { result: ['accepted', 'refused', 'cut_off', 'failed'] },
    );
    this.bytes = metrics.counter('upload_bytes_total', 'Bytes of files that were received, as they were sent.');
    this.underWay = metrics.gauge('uploads_in_progress', 'Uploads that are being received.');
  }

  /** Counts an upload and what becomes of it, which it lets pass. */
  async count<T>(upload: Promise<T>): Promise<T> {
    this.underWay.inc();
    try {
      const accepted = await upload;
      this.uploads.inc({ result: 'accepted' });
      return accepted;
    } catch (error) {
      this.uploads.inc({ result: resultOf(error) });
      throw error;
    } finally {
      this.underWay.dec();
    }
  }

  received(bytes: number): void {
    this.bytes.inc(bytes);
  }
}

function resultOf(error: unknown): 'refused' | 'cut_off' | 'failed' {
  if (error instanceof UploadCutOff) return 'cut_off';
  return error instanceof DomainError && !OURS.includes(error.kind) ? 'refused' : 'failed';
}
