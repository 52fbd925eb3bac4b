import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the service said to an upload. */
export interface UploadAnswer {
  readonly status: number;
  readonly body: string;
}

const PIECE_BYTES = 64 * 1024;
/** Longest silence of the service, milliseconds. */
const SILENCE_MS = 30_000;

/**
 * Sends a file as the raw body of `POST /imports`, piece by piece with a pause after each. Rejects where the connection
 * breaks before the answer is whole: then nobody knows whether the file was taken.
 */
export function uploadFile(origin: string, content: Buffer, pauseMs: number): Promise<UploadAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/csv', 'content-length': content.length };
    const sending = request(`${origin}/acme_orders/api/v1/imports`, { method: 'POST', headers, agent: false });
    sending.setTimeout(SILENCE_MS, () => sending.destroy(new Error('The service was silent.')));
    sending.once('error', reject);
    sending.once('response', (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (body += part));
      answer.once('error', reject);
      answer.once('end', () => resolve({ status: answer.statusCode!, body }));
    });
    send(sending, content, pauseMs).catch(reject);
  });
}

async function send(sending: ReturnType<typeof request>, content: Buffer, pauseMs: number): Promise<void> {
  for (let at = 0; at < content.length && !sending.destroyed; at += PIECE_BYTES) {
    sending.write(content.subarray(at, at + PIECE_BYTES));
    await sleep(pauseMs);
  }
  sending.end();
}
