import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** A batch that is being stored. */
interface Flight {
  /** Ascending. */
  readonly ids: Float64Array;
  readonly over: Promise<void>;
}

/** How long a transaction that has written waits for the batches before it, milliseconds; most take a tenth. */
const MOST_WAIT_MS = 1_500;

/**
 * The batches before this one have not ended for a while. They may wait for another process, and that one for what this
 * batch's transaction has written: PostgreSQL does not see such a ring, because a part of it is in here.
 */
export class WayBlocked extends Error {
  constructor() {
    super('The batches before this one have not ended.');
  }
}

/** A batch among those that are being stored at the same time. */
export interface Passage {
  /** Its ids that earlier batches have as well: what becomes of them is known when `clear` resolves. */
  readonly contested: ReadonlySet<number>;
  /** Resolves when the transactions of these batches have ended. Never rejects. */
  readonly clear: Promise<unknown>;
  /** To be called when its own transaction has ended, however it did. */
  leave(): void;
}

/**
 * The ids that this process is storing, so that two batches at a time do not run into each other with an id that both
 * have: the later one leaves it out until the earlier one has ended. Other processes are noticed by PostgreSQL only.
 */
@Injectable()
export class IdsInFlight {
  private readonly flights = new Set<Flight>();

  /** @param sorted the batch's ids, ascending */
  enter(sorted: Float64Array): Passage {
    const before = [...this.flights].map((flight) => ({ flight, shared: sharedIds(sorted, flight.ids) }));
    const inTheWay = before.filter(({ shared }) => shared.length > 0);
    let end: () => void = () => undefined;
    const flight = { ids: sorted, over: new Promise<void>((resolve) => (end = resolve)) };
    this.flights.add(flight);
    return {
      contested: new Set(inTheWay.flatMap(({ shared }) => shared)),
      clear: Promise.all(inTheWay.map((each) => each.flight.over)),
      leave: () => {
        this.flights.delete(flight);
        end();
      },
    };
  }
}

/** Waits for the batches before, for as long as a transaction may that has written. Throws WayBlocked. */
export async function clearInTime({ clear }: Passage): Promise<void> {
  const timer = new AbortController();
  const blocked = sleep(MOST_WAIT_MS, undefined, { signal: timer.signal }).then(() => Promise.reject(new WayBlocked()));
  blocked.catch(() => undefined);
  try {
    await Promise.race([clear, blocked]);
  } finally {
    timer.abort();
  }
}

/** The ids that two ascending lists share. */
function sharedIds(one: Float64Array, other: Float64Array): number[] {
  const shared: number[] = [];
  for (let a = 0, b = 0; a < one.length && b < other.length;) {
    const difference = one[a]! - other[b]!;
    if (difference === 0) shared.push(one[a]!);
    if (difference <= 0) a += 1;
    if (difference >= 0) b += 1;
  }
  return shared;
}
