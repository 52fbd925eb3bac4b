import type { IncomingMessage } from 'node:http';
import type { LimitsConfig } from '../../config.js';
import { UploadTooSlow } from '../errors.js';

/** Looks at an upload within a window; in one of them the service must be seen waiting for the client. */
const LOOKS = 20;

/**
 * Watches over the pace of an upload: it has to bring so many bytes in each window of time, unless it is the service
 * that is behind. Costs nothing for a byte or a piece of it.
 */
export class UploadPace {
  private readonly aborting = new AbortController();
  /** Aborts with UploadTooSlow. */
  readonly signal = this.aborting.signal;
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;
  private wasBehind = false;
  private bytesBefore: number;
  /** Up to a tenth longer than asked: of uploads that began in one moment not all are refused in one. */
  private readonly windowMs: number;

  constructor(
    private readonly body: IncomingMessage,
    private readonly limits: Pick<LimitsConfig, 'uploadBytesPerSecond' | 'uploadWindowMs'>,
  ) {
    this.bytesBefore = body.socket.bytesRead;
    this.windowMs = limits.uploadWindowMs * (1 + Math.random() / 10);
    if (limits.uploadBytesPerSecond > 0) this.timer = setInterval(this.look, this.windowMs / LOOKS).unref();
  }

  /** To be called when the upload has ended, however it did. */
  end(): void {
    clearInterval(this.timer);
  }

  private readonly look = (): void => {
    if (this.body.complete) return this.end();
    // Bytes that nobody has taken yet: the client can send no more.
    if (this.body.readableLength > 0) this.wasBehind = true;
    this.looks += 1;
    if (this.looks === LOOKS) this.endWindow();
  };

  private endWindow(): void {
    const { uploadBytesPerSecond } = this.limits;
    const { bytesRead } = this.body.socket;
    const isSlow = bytesRead - this.bytesBefore < (uploadBytesPerSecond * this.windowMs) / 1_000;
    if (isSlow && !this.wasBehind) {
      this.end();
      this.aborting.abort(new UploadTooSlow(uploadBytesPerSecond));
    }
    this.looks = 0;
    this.wasBehind = false;
    this.bytesBefore = bytesRead;
  }
}
