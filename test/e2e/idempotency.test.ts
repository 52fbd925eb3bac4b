import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Import } from '../../src/imports/import.dto.js';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App } from '../support/app.js';
import { accepted, ended, importOf, json, sql, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';
import { answerOn, postHead, rawConnection } from '../support/raw-http.js';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());

let lastId = 0;
/** A file that no other test has. */
const fresh = (): string => fileOf(record((lastId += 1)));
const send = (content: BodyInit, key: string, query = ''): Promise<Response> =>
  upload(app, content, query, { 'idempotency-key': key });
const importsAll = async (): Promise<number> => (await sql(app, 'SELECT 1 FROM imports')).length;
const filesIn = (): Promise<string[]> => readdir(join(app.dataDir, 'uploads'));
const isHeld = async (key: string): Promise<boolean> =>
  (await sql(app, 'SELECT 1 FROM idempotency_keys WHERE key = $1 AND import_id IS NULL', [key])).length > 0;

/** Expects an answer to be this problem, in each language with a text of its own. */
async function expectProblem(ask: (query: string) => Promise<Response>, status: number, code: string): Promise<void> {
  const details = new Set<string>();
  for (const lang of ['en', 'pt-BR', 'es']) {
    const answer = await ask(`?lang=${lang}`);
    const problem = await json<Problem>(answer);
    expect(problem).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
    details.add(problem.detail!);
  }
  expect(details.size).toBe(3);
}

/** An upload that has sent its first half. */
async function halfSent(content: string, key: string) {
  const socket = await rawConnection(app);
  const half = Math.ceil(content.length / 2);
  const headers = { 'Content-Length': String(content.length), 'Idempotency-Key': key };
  socket.write(postHead(app, headers) + content.slice(0, half));
  await eventually('the upload holds its key', () => isHeld(key));
  return { socket, rest: content.slice(half) };
}

describe('an upload that is repeated with its key', () => {
  it('is answered with the same import, also when that has ended', async () => {
    const [key, content] = [randomUUID(), fresh()];
    const first = await accepted(send(content, key));
    const before = await importsAll();
    const again = await send(content, key);
    expect(again.headers.get('location')).toBe(first.links.self);
    expect((await accepted(again)).id).toBe(first.id);
    const done = await ended(app, first.id);
    expect(done).toMatchObject({ state: 'completed', counts: { valid: 1, duplicate: 0 } });
    expect(await accepted(send(content, key))).toEqual(done);
    expect(await importsAll()).toBe(before);
    expect(await sql(app, 'SELECT id FROM orders WHERE import_id = $1', [first.id])).toHaveLength(1);
  });

  it('is known as a form, at the earlier address, and with the quotes of the draft too', async () => {
    const [key, content] = [randomUUID(), fresh()];
    const { id } = await accepted(send(content, key));
    expect((await accepted(send(content, `"${key}"`))).id).toBe(id);
    const form = new FormData();
    form.append('csv_file', new Blob([content]), 'orders.csv');
    const headers = { 'idempotency-key': key };
    for (const [method, path] of [
      ['POST', '/imports'],
      ['PUT', '/orders/import'],
    ] as const) {
      expect((await accepted(fetch(app.api + path, { method, headers, body: form }))).id).toBe(id);
    }
  });

  it('leaves no file of the repeats behind', async () => {
    const [key, content] = [randomUUID(), fresh()];
    await accepted(send(content, key));
    const before = await filesIn();
    for (let round = 0; round < 3; round++) await accepted(send(content, key));
    expect((await filesIn()).toSorted()).toEqual(before.toSorted());
  });

  it('by twenty at once makes one import', async () => {
    const [key, content, before] = [randomUUID(), fresh(), await importsAll()];
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(content, key)));
    const bodies = await Promise.all(answers.map((answer) => json<Import | Problem>(answer)));
    const ids = new Set(bodies.flatMap((body) => ('id' in body ? [body.id] : [])));
    const refusals = new Set(bodies.flatMap((body) => ('code' in body ? [body.code] : [])));
    expect([...refusals].filter((code) => code !== 'imports.key-in-use')).toEqual([]);
    expect(ids.size).toBe(1);
    expect(await importsAll()).toBe(before + 1);
    expect(ids).toContain((await accepted(send(content, key))).id);
  });
});

describe('a key that was used', () => {
  it('is refused for another file', async () => {
    const key = randomUUID();
    await accepted(send(fresh(), key));
    const [other, before] = [fresh(), await importsAll()];
    await expectProblem((query) => send(other, key, query), 422, 'imports.key-reused');
    expect(await importsAll()).toBe(before);
  });

  it('is refused for other options', async () => {
    const [key, content] = [randomUUID(), fresh()];
    await accepted(send(content, key));
    // As a request with an option leaves it that this version does not offer yet.
    await sql(app, `UPDATE idempotency_keys SET options = options || '{"dryRun": true}' WHERE key = $1`, [key]);
    const before = await importsAll();
    await expectProblem((query) => send(content, key, query), 422, 'imports.key-reused');
    expect(await importsAll()).toBe(before);
  });
});

describe('a key of an upload that is under way', () => {
  it('is refused until that has ended, and then known', async () => {
    const [key, content] = [randomUUID(), fresh()];
    const { socket, rest } = await halfSent(content, key);
    await expectProblem((query) => send(content, key, query), 409, 'imports.key-in-use');
    socket.write(rest);
    const { status, body } = await answerOn(socket);
    expect(status).toBe(202);
    expect((await accepted(send(content, key))).id).toBe((JSON.parse(body) as Import).id);
  });

  it('is free again when the upload is cut off', async () => {
    const [key, content] = [randomUUID(), fresh()];
    const { socket } = await halfSent(content, key);
    socket.destroy();
    await eventually('the key is free', async () => !(await isHeld(key)));
    expect(await accepted(send(fresh(), key))).toMatchObject({ state: 'queued' });
  });

  it('is free again when the upload is refused', async () => {
    const key = randomUUID();
    expect((await send('id|name\n1|a\n', key)).status).toBe(422);
    expect((await send('%PDF-1.4', key)).status).toBe(415);
    expect(await accepted(send(fresh(), key))).toMatchObject({ state: 'queued' });
  });

  it('is free again some time after its process was killed', async () => {
    const [key, content] = [randomUUID(), fresh()];
    // As a process leaves it that is killed in an upload: nobody renews its hold.
    await sql(
      app,
      `INSERT INTO idempotency_keys (key, held_until) VALUES ($1, clock_timestamp() + interval '1 second')`,
      [key],
    );
    expect((await send(content, key)).status).toBe(409);
    const answer = await eventually('the key is free', async () => {
      const again = await send(content, key);
      return again.status === 202 && again;
    });
    expect((await accepted(send(content, key))).id).toBe((await json<Import>(answer)).id);
  });
});

describe('a key that is none', () => {
  it.each([
    ['is empty', ''],
    ['is empty in its quotes', '""'],
    ['has a blank', 'a b'],
    ['has more than 255 characters', 'k'.repeat(256)],
    ['has a letter beyond ASCII', 'clé'],
  ])('because it %s is refused, and nothing is kept', async (_what, key) => {
    const [content, before] = [fresh(), await importsAll()];
    const answer = await send(content, key);
    expect(answer.status).toBe(400);
    expect(await json(answer)).toMatchObject({
      code: 'request.invalid-parameters',
      errors: [{ field: 'Idempotency-Key', code: 'imports.errors.not-a-key' }],
    });
    expect(await importsAll()).toBe(before);
  });

  it('has 255 characters at most', async () => {
    expect((await send(fresh(), 'k'.repeat(255))).status).toBe(202);
  });
});

describe('a file that comes again without a key', () => {
  it('is imported again, and the answer names the newest earlier import', async () => {
    const content = fresh();
    const first = await importOf(app, content);
    expect(first.links.sameFile).toBeNull();
    const second = await accepted(upload(app, content));
    expect(second.id).not.toBe(first.id);
    expect(second.links.sameFile).toBe(first.links.self);
    const third = await importOf(app, content);
    expect(third.links.sameFile).toBe(second.links.self);
    expect(third).toMatchObject({ state: 'completed', counts: { valid: 0, duplicate: 1 } });
  });
});
