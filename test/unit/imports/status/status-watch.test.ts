import type { PinoLogger } from 'nestjs-pino';
import type { DataSource } from 'typeorm';
import { describe, expect, it, vi } from 'vitest';
import { StatusWatch, type StatusListener } from '../../../../src/imports/status/status-watch.js';

const database = { manager: { findBy: () => Promise.resolve([{ importId: 'an-import', state: 'running' }]) } };
const newWatch = () =>
  new StatusWatch(database as unknown as DataSource, { debug: () => undefined } as unknown as PinoLogger);

describe('a watch of statuses', () => {
  it('goes on for who came after the last one left, however often that one says so', async () => {
    const watch = newWatch();
    const leave = watch.watch('an-import', vi.fn<StatusListener>());
    leave();
    const listener = vi.fn<StatusListener>();
    watch.watch('an-import', listener);
    leave();
    await vi.waitFor(() => expect(listener).toHaveBeenCalled());
    expect(listener).toHaveBeenCalledWith(
      expect.objectContaining({ status: expect.objectContaining({ state: 'running' }) as unknown }),
    );
    watch.beforeApplicationShutdown();
  });

  it('tells who comes when it has ended, and who is there when it ends', () => {
    const watch = newWatch();
    const [before, after] = [vi.fn<StatusListener>(), vi.fn<StatusListener>()];
    watch.watch('an-import', before);
    watch.beforeApplicationShutdown();
    watch.watch('an-import', after);
    expect([before.mock.calls, after.mock.calls]).toEqual([[[null]], [[null]]]);
  });
});
