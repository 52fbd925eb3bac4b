import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** What came back, and how long that took from the first byte. */
export interface FileAnswer {
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal;
}

const PIECE_BYTES = 1 << 20;

/** Posts a file as it is, streamed from the disk. Costs less processor time than `fetch`, which copies every piece. */
export async function sendFile(url: string, path: string, { headers: more, signal }: SendOptions): Promise<FileAnswer> {
  const headers = { ...more, 'content-type': 'text/csv', 'content-length': (await stat(path)).size };
  const startedAt = performance.now();
  const request = httpRequest(url, { method: 'POST', headers, ...(signal && { signal }) });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  const sent = pipeline(createReadStream(path, { highWaterMark: PIECE_BYTES }), request);
  // A refusal may come while the file is still on its way.
  const [answer] = await Promise.race([answered, sent.then(() => answered)]);
  const body = await text(answer);
  return { status: answer.statusCode ?? 0, body, ms: performance.now() - startedAt };
}
