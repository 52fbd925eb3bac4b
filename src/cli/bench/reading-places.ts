import type { BenchContext } from './benchmark.js';

/** What is read, by the paths of the service and of the reference for the same places, both on their own server. */
export interface Places {
  readonly name: string;
  readonly ours: readonly string[];
  readonly bare: readonly string[];
  /** Time between two requests where their latency is measured. */
  readonly everyMs: number;
}

const ORDERS = '/acme_orders/api/v1/orders';
const PLACES = 10_000;
const LIMIT = 100;
/** Of the pages by which random places are found. */
const STEP = 1_000;

/** Orders with the ids from 1 to `rows`. */
export function ordersAtRandom(rows: number): Places {
  const ids = Array.from({ length: PLACES }, () => 1 + Math.floor(Math.random() * rows));
  return {
    name: 'one order',
    ours: ids.map((id) => `${ORDERS}/${id}`),
    bare: ids.map((id) => `/orders/${id}`),
    everyMs: 10,
  };
}

/** Pages everywhere among the orders. Cursors cannot be made up, so all are collected by paging through. */
export async function pagesEverywhere({ service, signal }: BenchContext): Promise<Places> {
  const ours = [`${ORDERS}?limit=${LIMIT}`];
  const bare = [`/orders?limit=${LIMIT}&after=0`];
  let url: string | null = `${service.base}/orders?limit=${STEP}`;
  while (url !== null) {
    const { items, next } = (await (await fetch(url, { signal })).json()) as Page;
    const place: string | null = next === null ? null : `cursor=${encodeURIComponent(next)}`;
    url = place && `${service.base}/orders?limit=${STEP}&${place}`;
    if (place === null) continue;
    ours.push(`${ORDERS}?limit=${LIMIT}&${place}`);
    bare.push(`/orders?limit=${LIMIT}&after=${items.at(-1)!.id}`);
  }
  return { name: `page of ${LIMIT}`, ours, bare, everyMs: 20 };
}

interface Page {
  readonly items: readonly { readonly id: number }[];
  readonly next: string | null;
}
