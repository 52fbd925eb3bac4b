import { Readable } from 'node:stream';

/**
 * The items of `content`, ended by the signal's reason as soon as it aborts, also while `content` is silent (a stalled
 * client). Listens for errors of a stream from the moment of the call, so that one that fails before it is read does
 * not end the process.
 */
export function untilAborted<T>(content: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  if (content instanceof Readable) content.on('error', () => {});
  return items(content[Symbol.asyncIterator](), signal);
}

async function* items<T>(source: AsyncIterator<T>, signal?: AbortSignal): AsyncGenerator<T> {
  let stop: (() => void) | undefined;
  const onAbort = (): void => stop?.();
  signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      // A promise for each item: racing every item against one promise of the signal would hold them all until the end.
      const item = await new Promise<IteratorResult<T>>((resolve, reject) => {
        stop = () => reject(signal?.reason as Error);
        if (signal?.aborted) stop();
        else source.next().then(resolve, reject);
      });
      if (item.done) return;
      yield item.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: a silent source answers only when it speaks again.
    source.return?.().catch(() => {});
  }
}
