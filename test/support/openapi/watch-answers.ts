import { afterEach } from 'vitest';
import { Contract, type SeenAnswer } from './contract.js';
import { keptDocument } from './document.js';

// Every answer that an e2e test gets by `fetch` is held against docs/openapi.json, whatever the test looks at.

const OURS = /^\/(acme_orders\/api\/v1(\/|$)|health\/|metrics$)/;
const READ_WHOLE = /^application\/(problem\+)?json\b/;

/** Where something other than the API listens. */
const others = new Set<string>();
/** Leaves what listens there alone, such as a port of metrics: the document tells nothing of it. */
export const leaveOut = (origin: string): void => void others.add(origin);

const contract = new Contract(keptDocument());
const plainFetch = globalThis.fetch;
let looking: Promise<string[]>[] = [];

globalThis.fetch = async (input, init) => {
  const answer = await plainFetch(input, init);
  const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
  const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
  if (OURS.test(pathname) && !others.has(origin)) looking.push(seen(answer, method, pathname).then(faultsOf));
  return answer;
};

/** Holds an answer that came another way than by `fetch` against the document, too. */
export const judge = (answer: SeenAnswer): void => void looking.push(Promise.resolve(faultsOf(answer)));

async function seen(answer: Response, method: string, path: string): Promise<SeenAnswer> {
  const header = (name: string): string | null => answer.headers.get(name);
  const isWhole = READ_WHOLE.test(header('content-type') ?? '');
  // A stream is left to the test. One that the test leaves in its middle cannot be judged.
  const body = isWhole
    ? await answer
        .clone()
        .text()
        .catch(() => null)
    : null;
  return { method, path, status: answer.status, header, body };
}

const faultsOf = (answer: SeenAnswer): string[] =>
  contract.faultsOfAnswer(answer).map((fault) => `${answer.method} ${answer.path} ${answer.status}: ${fault}`);

afterEach(async () => {
  const faults = (await Promise.all(looking)).flat();
  looking = [];
  if (faults.length > 0)
    throw new Error(`Answers that docs/openapi.json does not tell of:\n${[...new Set(faults)].join('\n')}`);
});
