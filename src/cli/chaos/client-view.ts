import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportStatus } from '../service-client.js';

/** What of an import status is looked at here. */
export type SeenStatus = ImportStatus & {
  readonly failure: { readonly code: string } | null;
  /** Why a running import stands still, to go on by itself; null where it does not. */
  readonly waiting: { readonly code: string } | null;
};

const STATUS_MS = 15_000;
const LOOK_MS = 30;

/** The import as a client sees it, or why there is no answer. */
export async function statusOf(origin: string, id: string): Promise<SeenStatus | string> {
  const answer = await fetch(`${origin}/acme_orders/api/v1/imports/${id}`).catch(() => null);
  return answer?.ok ? ((await answer.json()) as SeenStatus) : `no answer (${answer?.status ?? 'no connection'})`;
}

/**
 * What is wrong with the status that a client sees, or null. It may be behind the ledger for the time of a sweep.
 *
 * @param faultOf tells what is wrong with a status
 */
export async function lastStatusFault(
  origin: string,
  id: string,
  faultOf: (status: SeenStatus) => string | null,
): Promise<string | null> {
  const until = performance.now() + STATUS_MS;
  for (;;) {
    const status = await statusOf(origin, id);
    const fault = typeof status === 'string' ? status : faultOf(status);
    if (fault === null || performance.now() > until) return fault;
    await sleep(LOOK_MS);
  }
}
