import { getImport, isFinal, localized, Problem } from './api.js';

const LOOK_MS = 500;
const HIDDEN_LOOK_MS = 5000;
/** Beside a stream: something on the way may have let it fall silent. */
const STREAM_LOOK_MS = 15_000;
/** The first event comes at once. Where it does not, something on the way holds the stream back. */
const SILENCE_MS = 4000;
const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

/**
 * Follows an import until it is final or the returned function is called: by the events of the service while the page
 * is seen, and by looking where they do not come. How it follows is known here only.
 *
 * @param onStatus - called with the import, each time it was read
 * @param onLost - called with the milliseconds until the next try and a function that tries at once
 * @param onProblem - called with the Problem that ends the watch, such as an unknown id
 */
export function watchImport(id, { onStatus, onLost, onProblem }) {
  const watch = new AbortController();
  const stream = statusStream({ onStatus: see, onSilence: () => lookIn(0) });
  let timer;
  let failures = 0;
  let isLooking = false;

  const lookIn = (milliseconds) => {
    clearTimeout(timer);
    if (!watch.signal.aborted) timer = setTimeout(look, milliseconds);
  };

  function see(status) {
    failures = 0;
    onStatus(status);
    if (isFinal(status)) watch.abort();
    else lookIn(stream.isOpen() ? STREAM_LOOK_MS : document.hidden ? HIDDEN_LOOK_MS : LOOK_MS);
  }

  async function look() {
    if (isLooking) return;
    isLooking = true;
    const status = await getImport(id, watch.signal).catch(fail);
    isLooking = false;
    if (!status || watch.signal.aborted) return;
    if (!isFinal(status) && !document.hidden) stream.open(localized(status.links.events));
    see(status);
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

  const wake = () => {
    // A browser has few connections for all pages of a service.
    if (document.hidden) stream.close();
    lookIn(document.hidden ? HIDDEN_LOOK_MS : 0);
  };
  document.addEventListener('visibilitychange', wake, { signal: watch.signal });
  window.addEventListener('online', wake, { signal: watch.signal });
  watch.signal.addEventListener('abort', () => {
    clearTimeout(timer);
    stream.close();
  });
  lookIn(0);
  return () => watch.abort();
}

/**
 * The events of an import. After one attempt that brought nothing it stays closed.
 *
 * @param onStatus - called with the import of each event
 * @param onSilence - called when the stream broke off, or never brought anything
 */
function statusStream({ onStatus, onSilence }) {
  let source = null;
  let silence;
  let isUseless = !('EventSource' in window);

  function close() {
    clearTimeout(silence);
    source?.close();
    source = null;
  }

  function open(address) {
    if (source || isUseless) return;
    let hasHeard = false;
    const end = () => {
      isUseless = !hasHeard;
      close();
      onSilence();
    };
    source = new EventSource(address);
    silence = setTimeout(end, SILENCE_MS);
    source.addEventListener('error', end);
    source.addEventListener('status', ({ data }) => {
      hasHeard = true;
      clearTimeout(silence);
      onStatus(JSON.parse(data));
    });
  }

  return { open, close, isOpen: () => source !== null };
}
