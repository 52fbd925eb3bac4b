import { setTimeout as sleep } from 'node:timers/promises';
import { CliProblem, codeOf, reasonOf } from './problem.js';
import type { Language } from './text.js';

/** A running service, as a client sees it. */
export interface ServiceClient {
  /** Base of the API, such as `http://127.0.0.1:8089/acme_orders/api/v1`. */
  readonly base: URL;
  /** Of the service's messages. */
  readonly language: Language;
  readonly signal: AbortSignal;
}

/** What of an import status a client here needs. */
export interface ImportStatus {
  readonly id: string;
  readonly state: string;
  readonly progress: {
    readonly percent: number;
    readonly recordsPerSecond: number | null;
    readonly etaSeconds: number | null;
  };
  readonly counts: Readonly<Record<'read' | 'valid' | 'invalid' | 'duplicate' | 'malformed', number>>;
  readonly violations: Readonly<Record<string, number>>;
  /** ISO 8601. Null before, and `finishedAt` null until its state is final. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly failure: { readonly message: string } | null;
}

const API_PATH = '/acme_orders/api/v1';
const FINAL_STATES = ['completed', 'failed', 'cancelled'];
const POLL_MS = 250;
const PATIENCE_MS = 60_000;

/** The API's base for an address that a person typed, with or without the path. */
export function apiBase(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new CliProblem('import.bad-url', { url: given }, 2);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = path.endsWith(API_PATH) ? path : path + API_PATH;
  url.search = '';
  url.hash = '';
  return url;
}

/** The address of a resource of the API. */
export function resource({ base }: ServiceClient, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base.pathname + path, base);
  url.search = new URLSearchParams(query).toString();
  return url;
}

/** The address as it may be shown: without the password in it. */
export const shown = (url: URL): string => Object.assign(new URL(url), { username: '', password: '' }).href;

/** Reads a resource. Throws what `refusal` makes of an error answer, or `import.unreachable`. */
export async function readResource<T>(client: ServiceClient, path: string): Promise<T> {
  const url = resource(client, path);
  const { answer, body } = await ask(client, url);
  if (!answer.ok) throw refusal(answer.status, body);
  return JSON.parse(body) as T;
}

/** Whether there is such a resource. Throws as `readResource` does where that cannot be told. */
export async function exists(client: ServiceClient, path: string): Promise<boolean> {
  const { answer, body } = await ask(client, resource(client, path));
  if (answer.ok || answer.status === 404) return answer.ok;
  throw refusal(answer.status, body);
}

async function ask(client: ServiceClient, url: URL) {
  const headers = { accept: 'application/json', 'accept-language': client.language, ...authorization(url) };
  try {
    const answer = await fetch(shown(url), { headers, signal: client.signal });
    return { answer, body: await answer.text() };
  } catch (error) {
    client.signal.throwIfAborted();
    throw unreachable(url, error);
  }
}

const authorization = ({ username, password }: URL): Record<string, string> => {
  if (username === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
};

/** Nobody answers at this address, or no longer. */
export function unreachable(url: URL, error: unknown): CliProblem {
  const cause = (error as Error).cause ?? error;
  const reason = codeOf(cause) ?? reasonOf(cause);
  const isBroken = reason === 'EPIPE' || reason === 'ECONNRESET';
  return new CliProblem(isBroken ? 'import.broken-off' : 'import.unreachable', { url: url.origin, reason });
}

/** An error answer as a problem: title and detail of its problem+json, with what is wrong in each field. */
export function refusal(status: number, body: string): CliProblem {
  const problem = parseProblem(body);
  if (!problem) return new CliProblem('import.odd-answer', { status: String(status), body: body.trim().slice(0, 200) });
  const fields = (problem.errors ?? []).map(({ field, message }) => `\n  ${field}: ${message}`).join('');
  return new CliProblem(status === 401 ? 'import.sign-in' : 'import.refused', {
    status: String(status),
    title: problem.title,
    detail: `${problem.detail ?? ''}${fields}`,
  });
}

interface ProblemDetails {
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

function parseProblem(body: string): ProblemDetails | null {
  try {
    const problem = JSON.parse(body) as Partial<ProblemDetails> | null;
    return typeof problem?.title === 'string' ? (problem as ProblemDetails) : null;
  } catch {
    return null;
  }
}

/** Polls an import until it is final, over pauses of the service up to a minute. */
export async function followImport(
  client: ServiceClient,
  id: string,
  onStatus: (status: ImportStatus) => void,
): Promise<ImportStatus> {
  let heardAt = performance.now();
  for (;;) {
    const status = await readResource<ImportStatus>(client, `/imports/${id}`).catch((error: unknown) => {
      if (!isPassing(error) || performance.now() - heardAt > PATIENCE_MS) throw error;
      return null;
    });
    if (status) {
      heardAt = performance.now();
      onStatus(status);
      if (FINAL_STATES.includes(status.state)) return status;
    }
    await sleep(POLL_MS, undefined, { signal: client.signal });
  }
}

/** A service that is being started again. */
const isPassing = (error: unknown): boolean =>
  error instanceof CliProblem &&
  (error.code === 'import.unreachable' ||
    error.code === 'import.broken-off' ||
    /^50[0234]$/.test(String(error.params.status)));
