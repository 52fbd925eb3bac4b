import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PinoLogger } from 'nestjs-pino';
import { ImportStatusEntity } from '../../../../src/imports/status/import-status.entity.js';
import { StatusWait } from '../../../../src/imports/status/status-wait.js';
import { StatusWatch } from '../../../../src/imports/status/status-watch.js';
import { Ending } from '../../../../src/shared/http/ending.js';
import { freshTables } from '../../../support/context.js';
import { addImport } from '../../../support/ledger.js';

const LONG_MS = 60_000;

let database: DataSource;
beforeAll(async () => void (database = await freshTables()));
afterAll(() => database?.destroy());

let watch: StatusWatch;
let ending: Ending;
let waits: StatusWait;
beforeEach(() => {
  watch = new StatusWatch(database, { debug: () => undefined } as unknown as PinoLogger);
  ending = new Ending();
  waits = new StatusWait(watch, ending);
  return () => watch.beforeApplicationShutdown();
});

const statusOf = (importId: string) => database.manager.findOneByOrFail(ImportStatusEntity, { importId });
const added = async (): Promise<ImportStatusEntity> => statusOf(await addImport(database));
const change = (importId: string, state: string) =>
  database.query('UPDATE import_status SET state = $2 WHERE import_id = $1', [importId, state]);
const watched = (): number => (watch as unknown as { listeners: Map<string, unknown> }).listeners.size;

describe('the wait for the end of an import', () => {
  it('costs one query at a time, however many wait for however many imports', async () => {
    const reads = vi.spyOn(database.manager, 'findBy');
    const imports = await Promise.all(Array.from({ length: 10 }, added));
    const answers = Array.from({ length: 1_000 }, (_, at) =>
      waits.untilFinal(imports[at % 10]!, LONG_MS, new EventEmitter()),
    );
    await vi.waitFor(() => expect(reads).toHaveBeenCalledTimes(2));
    await Promise.all(imports.map(({ importId }) => change(importId, 'completed')));
    const states = (await Promise.all(answers)).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['completed']));
    // A look at each quarter of a second, and none for each of the thousand.
    expect(reads.mock.calls.length).toBeLessThan(100);
    expect(watched()).toBe(0);
  });

  it('goes on where the import is only paused, and is over in time with what was seen last', async () => {
    const first = await added();
    const reads = vi.spyOn(database.manager, 'findBy');
    const answer = waits.untilFinal(first, 1_000, new EventEmitter());
    await change(first.importId, 'paused');
    expect((await answer).state).toBe('paused');
    expect(reads).toHaveBeenCalled();
    expect(watched()).toBe(0);
  });

  it('is over for a client that goes away', async () => {
    const [first, client] = [await added(), new EventEmitter()];
    const answers = [client, client, new EventEmitter()].map((each) => waits.untilFinal(first, LONG_MS, each));
    client.emit('close');
    expect((await Promise.all(answers.slice(0, 2))).map(({ state }) => state)).toEqual(['queued', 'queued']);
    expect(client.listenerCount('close')).toBe(0);
    expect(watched()).toBe(1);
    await change(first.importId, 'cancelled');
    expect((await answers[2]!).state).toBe('cancelled');
  });

  it('is over at once where the process is told to end, and none begins afterwards', async () => {
    const first = await added();
    const answers = [1, 2].map(() => waits.untilFinal(first, LONG_MS, new EventEmitter()));
    ending.begin();
    expect(await Promise.all(answers)).toEqual([first, first]);
    expect(await waits.untilFinal(first, LONG_MS, new EventEmitter())).toBe(first);
    expect(watched()).toBe(0);
  });

  it('ends where nothing looks any more', async () => {
    const first = await added();
    watch.beforeApplicationShutdown();
    expect(await waits.untilFinal(first, LONG_MS, new EventEmitter())).toBe(first);
  });
});
