import { getImport, isFinal, Problem } from './api.js';

const LOOK_MS = 500;
const HIDDEN_LOOK_MS = 5000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

/**
 * Follows an import until it is final or the returned function is called. How it follows is known here only.
 *
 * @param onStatus - called with the import, each time it was read
 * @param onLost - called with the milliseconds until the next try and a function that tries at once
 * @param onProblem - called with the Problem that ends the watch, such as an unknown id
 */
export function watchImport(id, { onStatus, onLost, onProblem }) {
  const watch = new AbortController();
  let timer;
  let failures = 0;
  let isLooking = false;

  const lookIn = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, milliseconds);
  };

  async function look() {
    if (isLooking) return;
    isLooking = true;
    const status = await getImport(id, watch.signal).catch(fail);
    isLooking = false;
    if (!status || watch.signal.aborted) return;
    failures = 0;
    onStatus(status);
    if (isFinal(status)) watch.abort();
    else lookIn(document.hidden ? HIDDEN_LOOK_MS : LOOK_MS);
  }

  function fail(error) {
    if (watch.signal.aborted) return;
    if (error instanceof Problem && !error.isPassing) {
      watch.abort();
      onProblem(error);
      return;
    }
    const delay = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
    lookIn(delay);
    onLost(delay, () => lookIn(0));
  }

  const wake = () => document.hidden || lookIn(0);
  document.addEventListener('visibilitychange', wake, { signal: watch.signal });
  window.addEventListener('online', wake, { signal: watch.signal });
  watch.signal.addEventListener('abort', () => clearTimeout(timer));
  lookIn(0);
  return () => watch.abort();
}
