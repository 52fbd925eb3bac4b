import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodeFlags } from '../node-flags.js';
import { PROBED_ORDERS } from './probed-orders.js';

/** What is looked up, one after the other and again from the first, and how often. */
export interface LookUps {
  readonly urls: readonly string[];
  /** Time between the beginnings of two, milliseconds. */
  readonly everyMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Looks up orders in a process of its own while something else is measured. */
export interface LatencyProbe {
  /** @param lookUps the probed orders, one every 10 ms, unless something else is given */
  start(lookUps?: LookUps): void;
  /** Milliseconds of every look-up since the start. Throws where one was not answered with the order. */
  stop(): Promise<readonly number[]>;
  end(): Promise<void>;
}

/** What the process of the probe is asked, and what it answers to `stop`. */
export type ProbeRequest = { readonly start: LookUps } | { readonly stop: true };
export type ProbeAnswer = { readonly latenciesMs: readonly number[]; readonly failures: readonly string[] };

const PROGRAM = join(import.meta.dirname, 'order-prober.js');

/** @param orders tells the address of the orders, such as `http://127.0.0.1:8089/acme_orders/api/v1/orders` */
export function startLatencyProbe(orders: () => string): LatencyProbe {
  // A session of its own: Ctrl-C reaches only this program, which knows the order.
  const child = fork(PROGRAM, { execArgv: nodeFlags('api'), stdio: ['ignore', 2, 2, 'ipc'], detached: true });
  const ended = once(child, 'exit');
  const send = (request: ProbeRequest) => void child.send(request);
  return {
    start: (lookUps = probedOrders(orders())) => send({ start: lookUps }),
    async stop() {
      const answered = once(child, 'message') as Promise<[ProbeAnswer]>;
      send({ stop: true });
      const [{ latenciesMs, failures }] = await answered;
      if (failures.length > 0) throw new Error(`${failures.length} look-ups failed, the first with ${failures[0]}`);
      return latenciesMs;
    },
    async end() {
      child.kill();
      await ended;
    },
  };
}

const probedOrders = (orders: string): LookUps => ({
  urls: Array.from({ length: PROBED_ORDERS }, (_, index) => `${orders}/${index + 1}`),
  everyMs: 10,
});
