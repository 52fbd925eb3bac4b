import autocannon from 'autocannon';
import { median, percentile } from './statistics.js';

/** What the process that sends is asked: paths of a server, of which each request takes one at random. */
export interface SendRequest {
  readonly origin: string;
  readonly paths: readonly string[];
  /** How many are under way at once. */
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface SendAnswer {
  readonly requestsPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Requests that were not answered with 200. */
  readonly failures: number;
}

async function run({ origin, paths, connections, seconds, headers = {} }: SendRequest): Promise<SendAnswer> {
  // autocannon's own percentiles are whole milliseconds.
  const latenciesMs: number[] = [];
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    headers,
    requests: [{ setupRequest: (request) => ({ ...request, path: anyOf(paths) }) }],
    setupClient: (client) => client.on('response', (_status, _bytes, ms) => latenciesMs.push(ms)),
  });
  return {
    requestsPerSecond: result['2xx'] / result.duration,
    medianMs: median(latenciesMs),
    p99Ms: percentile(latenciesMs, 0.99),
    failures: result.non2xx + result.errors,
  };
}

const anyOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)]!;

process.on('message', (request: SendRequest) => void run(request).then((answer) => process.send?.(answer)));
process.once('disconnect', () => process.exit());
