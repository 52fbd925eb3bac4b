import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Time between two looks at an instance, milliseconds. */
const LOOK_MS = 100;
/** Looks in a row that must fail before an instance is taken for not ready, as in Kubernetes. */
const FAILURES = 3;
/** Longest wait for the answer to a look, milliseconds. */
const TIMEOUT_MS = 3_000;

/** A load balancer as a Kubernetes service is one: it sends requests to instances that say they are ready. */
export interface Balancer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Requests that an instance did not answer, or for which there was no instance: what became of them. */
  readonly failures: readonly string[];
  /** How many requests each instance was sent, by its address. */
  readonly sent: ReadonlyMap<string, number>;
  /** Begins to look at an instance; resolves when it is ready. */
  add(url: string): Promise<void>;
  /** Stops looking at an instance. */
  remove(url: string): void;
  close(): Promise<void>;
}

/** Starts a balancer without instances. A request that was sent is never sent again. */
export async function startBalancer(): Promise<Balancer> {
  /** Whether each instance is ready. */
  const instances = new Map<string, boolean>();
  const sent = new Map<string, number>();
  const failures: string[] = [];
  // Connections are kept, so that those of an instance that ends are seen to break.
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const next = (): string | undefined => {
    const ready = [...instances].filter(([, isReady]) => isReady).map(([url]) => url);
    return ready[turn++ % ready.length];
  };
  const server = createServer((request, response) => {
    const target = next();
    if (target === undefined) {
      failures.push(`${request.method} ${request.url}: no instance is ready`);
      response.writeHead(503).end();
      return;
    }
    sent.set(target, (sent.get(target) ?? 0) + 1);
    passOn(request, response, target, agent, (what) => failures.push(`${request.method} ${request.url}: ${what}`));
  });
  const watch = async (url: string): Promise<void> => {
    for (let failures = FAILURES; instances.has(url); await sleep(LOOK_MS)) {
      failures = (await looksReady(url)) ? 0 : failures + 1;
      if (instances.has(url)) instances.set(url, failures < FAILURES);
    }
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    failures,
    sent,
    add: async (url) => {
      instances.set(url, false);
      void watch(url);
      while (instances.get(url) === false) await sleep(LOOK_MS / 4);
    },
    remove: (url) => void instances.delete(url),
    close: async () => {
      instances.clear();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const looksReady = (url: string): Promise<boolean> =>
  fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  agent: Agent,
  fail: (what: string) => void,
): void {
  const { method, url, headers } = request;
  const passed = ask(`${target}${url}`, { method: method!, headers, agent }, (answer) => {
    // The connection to the client is the balancer's own.
    const { connection: _own, ...rest } = answer.headers;
    response.writeHead(answer.statusCode!, rest);
    answer.on('error', breakOff).pipe(response);
  });
  const breakOff = (error: Error): void => {
    fail(error.message);
    response.destroy();
  };
  passed.on('error', breakOff);
  request.on('error', (error) => passed.destroy(error)).pipe(passed);
}
