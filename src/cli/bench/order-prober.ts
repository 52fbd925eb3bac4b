import { Agent, get } from 'node:http';
import { reasonOf } from '../problem.js';
import type { LookUps, ProbeAnswer, ProbeRequest } from './latency-probe.js';

/** As a balancer does: some connections that stay, and those who find none free wait for one. */
const agent = new Agent({ keepAlive: true, maxSockets: 16 });
let latenciesMs: number[] = [];
let failures: string[] = [];
let pending: Promise<void>[] = [];
let timer: NodeJS.Timeout | undefined;

function lookUp(url: string, headers = {}): Promise<void> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const fail = (reason: string) => {
      failures.push(reason);
      resolve();
    };
    const request = get(url, { agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode !== 200) return fail(`status ${answer.statusCode}`);
        latenciesMs.push(performance.now() - startedAt);
        resolve();
      });
    });
    request.once('error', (error) => fail(reasonOf(error)));
  });
}

// A look-up begins whether the one before is answered or not: a service that stands still for a second is seen by all of
// that second.
function start({ urls, everyMs, headers }: LookUps): void {
  [latenciesMs, failures, pending] = [[], [], []];
  let next = 0;
  timer = setInterval(() => pending.push(lookUp(urls[next++ % urls.length]!, headers)), everyMs);
}

async function stop(): Promise<ProbeAnswer> {
  clearInterval(timer);
  await Promise.all(pending);
  return { latenciesMs, failures };
}

process.on('message', (request: ProbeRequest) => {
  if ('start' in request) start(request.start);
  else void stop().then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit());
