import { afterEach } from 'vitest';
import { Contract } from './contract.js';
import { keptDocument } from './document.js';

// Every answer that an e2e test gets by `fetch` is held against docs/openapi.json, whatever the test looks at.

const OURS = /^\/(acme_orders\/api\/v1(\/|$)|health\/|metrics$)/;
const READ_WHOLE = /^application\/(problem\+)?json\b/;

const contract = new Contract(keptDocument());
const plainFetch = globalThis.fetch;
let looking: Promise<string[]>[] = [];

globalThis.fetch = async (input, init) => {
  const answer = await plainFetch(input, init);
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
  if (OURS.test(pathname)) looking.push(faultsOf(answer, method, pathname));
  return answer;
};

async function faultsOf(answer: Response, method: string, path: string): Promise<string[]> {
  const header = (name: string): string | null => answer.headers.get(name);
  // A stream is left to the test. One that the test leaves in its middle cannot be judged.
  const isWhole = READ_WHOLE.test(header('content-type') ?? '');
  const body = isWhole
    ? await answer
        .clone()
        .text()
        .catch(() => null)
    : null;
  const faults = contract.faultsOfAnswer({ method, path, status: answer.status, header, body });
  return faults.map((fault) => `${method} ${path} ${answer.status}: ${fault}`);
}

afterEach(async () => {
  const faults = (await Promise.all(looking)).flat();
  looking = [];
  if (faults.length > 0)
    throw new Error(`Answers that docs/openapi.json does not tell of:\n${[...new Set(faults)].join('\n')}`);
});
