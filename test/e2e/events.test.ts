import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import { startApp, type App, type Role } from '../support/app.js';
import { accepted, act, get, getImport, importOf, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, generated, record } from '../support/order-files.js';

let app: App;
let worker: Role;
beforeAll(async () => {
  app = await startApp({ workers: 1, env: { IMPORT_CHUNK_RECORDS: '50' } });
  [worker] = app.workers as unknown as [Role];
});
afterAll(() => app?.stop());

interface Event {
  readonly id: string;
  readonly data: Import;
}

/** Events of an import, until the answer ends. */
async function* eventsOf(id: string, query = '', headers: Record<string, string> = {}): AsyncGenerator<Event> {
  const answer = await get(app, `/imports/${id}/events${query}`, headers);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  let text = '';
  for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event, data] = /^id: (.+)\nevent: status\ndata: (.+)$/.exec(block) ?? [];
      if (event) yield { id: event, data: JSON.parse(data!) as Import };
    }
  }
  expect(text).toBe('');
}

/** An import of which nothing is done, because the only worker stands still meanwhile. */
async function queued(content: string | Buffer<ArrayBuffer>, then: (id: string) => Promise<void>): Promise<void> {
  worker.process.kill('SIGSTOP');
  try {
    const { id } = await accepted(upload(app, content));
    await then(id);
  } finally {
    worker.process.kill('SIGCONT');
  }
}

describe('the events of an import', () => {
  it('tell of it from the queue to its end, which another process brings about', async () => {
    const seen: Event[] = [];
    await queued((await generated({ rows: 5_000, seed: 31 })).content, async (id) => {
      for await (const event of eventsOf(id)) {
        seen.push(event);
        worker.process.kill('SIGCONT');
      }
    });
    expect(seen[0]!.data).toMatchObject({ state: 'queued', counts: { read: 0 } });
    const last = seen.at(-1)!.data;
    expect(last).toEqual(await getImport(app, last.id));
    expect(last).toMatchObject({ state: 'completed', counts: { read: 5_000 } });
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    const read = seen.map(({ data }) => data.counts.read);
    expect(read).toEqual(read.toSorted((a, b) => a - b));
  });

  it('go on where the client was cut off, and are 204 where it knows the end', async () => {
    const done = await importOf(app, fileOf(record(100_001)));
    const [event, ...more] = await Array.fromAsync(eventsOf(done.id));
    expect([event!.data, more]).toEqual([done, []]);
    const again = await get(app, `/imports/${done.id}/events`, { 'last-event-id': event!.id });
    expect([again.status, await again.text()]).toEqual([204, '']);
    expect(await Array.fromAsync(eventsOf(done.id, '', { 'last-event-id': 'another' }))).toEqual([event]);
  });

  it('come in the language of the request', async () => {
    const done = await importOf(app, fileOf(record(100_002)));
    const messages = ['en', 'pt-BR', 'es'].map(async (lang) => {
      const [event] = await Array.fromAsync(eventsOf(done.id, `?lang=${lang}`));
      return event!.data.message;
    });
    expect(new Set(await Promise.all(messages)).size).toBe(3);
  });

  it('reach everybody who watches', async () => {
    await queued(fileOf(record(100_003)), async (id) => {
      let watching = 0;
      const watchers = Array.from({ length: 200 }, async () => {
        const states: string[] = [];
        for await (const { data } of eventsOf(id)) {
          if (states.push(data.state) === 1) watching += 1;
        }
        return states;
      });
      await eventually('all of them watch', () => watching === 200);
      expect((await act(app, id, 'pause')).status).toBe(200);
      expect((await act(app, id, 'cancel')).status).toBe(200);
      for (const states of await Promise.all(watchers)) {
        expect([states[0], states.at(-1)]).toEqual(['queued', 'cancelled']);
      }
    });
  });

  it('do not go on for a client that has gone', async () => {
    await queued(fileOf(record(100_004)), async (id) => {
      const gone = new AbortController();
      const answer = await fetch(`${app.api}/imports/${id}/events`, { signal: gone.signal });
      await answer.body!.getReader().read();
      gone.abort();
      expect((await act(app, id, 'cancel')).status).toBe(200);
    });
    expect((await fetch(`${app.url}/health/ready`)).status).toBe(200);
  });

  it('are none of an import that there is not', async () => {
    expect((await get(app, '/imports/01890a5d-ac96-774b-bcce-b302099a8057/events')).status).toBe(404);
    expect((await get(app, '/imports/7/events')).status).toBe(400);
  });

  it('end in good order where the service is told to end', async () => {
    await queued(fileOf(record(100_005)), async (id) => {
      const events = eventsOf(id);
      expect((await events.next()).value).toMatchObject({ data: { state: 'queued' } });
      const stopped = app.stop();
      worker.process.kill('SIGCONT');
      // Whatever came of the import meanwhile.
      for await (const { data } of events) expect(data.id).toBe(id);
      await stopped;
    });
  });
});
