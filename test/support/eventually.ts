import { setTimeout as sleep } from 'node:timers/promises';

/** Looks until a value is there, and fails with what was waited for once the time is over. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > until) throw new Error(`Waited ${withinMs} ms in vain: ${what}`);
    await sleep(25);
  }
}
