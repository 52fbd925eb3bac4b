import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ImportStatusEntity } from '../../../../src/imports/status/import-status.entity.js';
import { isFinal, statusEvents } from '../../../../src/imports/status/status-events.js';
import type { StatusListener, StatusWatch } from '../../../../src/imports/status/status-watch.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => vi.useRealTimers());

const status = (state: string, more: object = {}): ImportStatusEntity =>
  ({ importId: 'an-import', state, undoRequestedAt: null, undoneAt: null, ...more }) as ImportStatusEntity;

/** The events of an import that is queued, and what looks at it. */
function watched() {
  let listener: StatusListener | undefined;
  const stop = vi.fn<() => void>();
  const watch = { watch: (_id: string, given: StatusListener) => ((listener = given), stop) } as unknown as StatusWatch;
  const events = statusEvents(watch, { first: status('queued'), known: undefined, json: ({ state }) => state });
  return { events, stop, see: (state: string, version = state) => listener!({ status: status(state), version }) };
}

describe('the events of a status', () => {
  it('are a comment every 15 seconds where nothing changes', () => {
    const { events, see } = watched();
    events.read();
    vi.advanceTimersByTime(14_999);
    expect(events.read()).toBeNull();
    vi.advanceTimersByTime(1);
    expect(String(events.read())).toBe(':\n\n');
    see('running');
    see('running');
    expect(String(events.read())).toBe('id: running\nevent: status\ndata: running\n\n');
  });

  it('are not gathered for a client that does not read, which gets the last one all the same', async () => {
    const { events, see, stop } = watched();
    for (let version = 0; version < 10_000; version++) see('running', String(version));
    expect(events.readableLength).toBeLessThan(100_000);
    see('completed');
    const texts: string[] = [];
    events.setEncoding('utf8').on('data', (text: string) => texts.push(text));
    await vi.waitFor(() => expect(texts.join('')).toContain('retry: 2000'));
    see('completed');
    await vi.waitFor(() => expect(stop).toHaveBeenCalled());
    expect(texts.join('')).toMatch(/id: completed\nevent: status\ndata: completed\n\n$/);
  });

  it('end with a final state, and go on while orders are removed', () => {
    expect(['completed', 'failed', 'cancelled'].map((state) => isFinal(status(state)))).toEqual([true, true, true]);
    expect(['queued', 'running', 'paused'].map((state) => isFinal(status(state)))).toEqual([false, false, false]);
    expect(isFinal(status('cancelled', { undoRequestedAt: new Date() }))).toBe(false);
    expect(isFinal(status('cancelled', { undoRequestedAt: new Date(), undoneAt: new Date() }))).toBe(true);
  });
});
