import { PassThrough, type Readable } from 'node:stream';
import { FINAL_STATES, type ImportState } from '../import-state.js';
import type { ImportStatusEntity } from './import-status.entity.js';
import { versionOf, type SeenStatus, type StatusWatch } from './status-watch.js';

/** Time between two comments that keep the connection open, milliseconds. */
const HEARTBEAT_MS = 15_000;
/** How soon a client that was cut off comes back, milliseconds. */
const RETRY_MS = 2_000;

/** Whether nothing of it changes any more by itself. */
export const isFinal = ({ state, undoRequestedAt, undoneAt }: ImportStatusEntity): boolean =>
  (FINAL_STATES as readonly ImportState[]).includes(state) && (undoRequestedAt === null) === (undoneAt === null);

/** What is sent. */
export interface StatusEventsOptions {
  readonly first: ImportStatusEntity;
  /** Version of the status that the client has. */
  readonly known: string | undefined;
  /** A status as the client is to see it. */
  readonly json: (status: ImportStatusEntity) => string;
}

/**
 * Server-sent events of an import (HTML standard, "Server-sent events"): `status` whenever its status is another, until
 * it is final. A client that reads slowly misses statuses in between, never the last one.
 */
export function statusEvents(watch: StatusWatch, { first, known, json }: StatusEventsOptions): Readable {
  const stream = new PassThrough();
  let sent = known;
  const send = ({ status, version }: SeenStatus): void => {
    if (stream.writableEnded) return;
    if (version !== sent) {
      if (stream.writableNeedDrain) return;
      stream.write(`id: ${version}\nevent: status\ndata: ${json(status)}\n\n`);
      sent = version;
    }
    if (isFinal(status)) stream.end();
  };
  stream.write(`retry: ${RETRY_MS}\n\n`);
  send({ status: first, version: versionOf(first) });
  if (stream.writableEnded) return stream;
  const stop = watch.watch(first.importId, (seen) => (seen ? send(seen) : stream.end()));
  const heartbeat = setInterval(() => stream.writableNeedDrain || stream.write(':\n\n'), HEARTBEAT_MS);
  const end = (): void => {
    stop();
    clearInterval(heartbeat);
  };
  stream.once('finish', end);
  stream.once('close', end);
  return stream;
}
