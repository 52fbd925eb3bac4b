/** A person's or the system's wish that this process ends. */
export interface Stopping {
  /** Aborted at the first wish. */
  readonly signal: AbortSignal;
  /** Aborted at the second: they are in a hurry. */
  readonly hurry: AbortSignal;
}

// A package manager passes a Ctrl-C on that the terminal has already sent to us.
const SAME_WISH_MS = 500;

/** Listens for Ctrl-C, SIGTERM and the closing of the terminal from now on. */
export function listenForStop(): Stopping {
  const stop = new AbortController();
  const hurry = new AbortController();
  let firstAt = 0;
  const wish = () => {
    if (stop.signal.aborted && performance.now() - firstAt > SAME_WISH_MS) hurry.abort();
    if (stop.signal.aborted) return;
    firstAt = performance.now();
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, wish);
  return { signal: stop.signal, hurry: hurry.signal };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
