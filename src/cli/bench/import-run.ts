import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportStatus } from '../service-client.js';
import type { BenchContext } from './benchmark.js';
import type { OrderFile } from './order-file.js';
import { during, grouped } from './progress.js';
import { sendFile } from './send-file.js';

/** An import that came out right. */
export interface FinishedImport {
  readonly id: string;
  /** First byte sent to 202. */
  readonly uploadMs: number;
  /** First byte sent to the final state, as polling sees it. */
  readonly totalMs: number;
}

/** Imports a file and waits for its end. Throws where it came out otherwise than the file's oracle says. */
export async function runImport(context: BenchContext, file: OrderFile, pollMs = 20): Promise<FinishedImport> {
  const { service, say } = context;
  const startedAt = performance.now();
  const { status: accepted, ms: uploadMs } = await postImport(context, file.path);
  const following = follow(context, `${service.base}/imports/${accepted.id}`, pollMs);
  const { status, endedAt } = await during(`importing ${grouped(file.oracle.rows)} records`, following, say);
  checkOutcome(status, file);
  return { id: status.id, uploadMs, totalMs: endedAt - startedAt };
}

/** Sends a file; answers the import that was accepted. */
export async function postImport({ service, headers, signal }: BenchContext, path: string) {
  const answer = await sendFile(`${service.base}/imports`, path, { headers, signal });
  if (answer.status !== 202) throw new Error(`The upload was refused: ${answer.body}`);
  const status = JSON.parse(answer.body) as ImportStatus & { readonly file: { readonly sha256: string } };
  return { status, ms: answer.ms };
}

/** Polls an import until nothing more will happen to it. */
async function follow({ headers = {}, signal }: BenchContext, url: string, pollMs: number) {
  for (;;) {
    const status = (await (await fetch(url, { headers, signal })).json()) as ImportStatus;
    if (status.finishedAt) return { status, endedAt: performance.now() };
    await sleep(pollMs, undefined, { signal });
  }
}

/** A fast import that is wrong is worth nothing. */
function checkOutcome(status: ImportStatus, { oracle, fileBytes }: OrderFile): void {
  const isRight =
    status.state === 'completed' &&
    (['read', 'valid', 'invalid', 'duplicate', 'malformed'] as const).every(
      (outcome) => status.counts[outcome] === oracle[outcome],
    );
  if (!isRight) throw new Error(`The import of ${fileBytes} bytes came out wrong: ${JSON.stringify(status)}`);
}
