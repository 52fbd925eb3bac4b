import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesAbout, startApp, type App } from '../support/app.js';
import { json } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';
import { runProgram } from '../support/programs.js';
import { answerOn, postHead, rawConnection } from '../support/raw-http.js';
import { basic, userFiles, userLine, USERS, type UserFiles } from '../support/users.js';
import type { Problem } from '../../src/shared/http/problem.js';

let files: UserFiles;
let app: App;
beforeAll(async () => {
  files = await userFiles();
  app = await startApp({ env: { ...files.env, TRUST_PROXY: 'loopback' } });
});
afterAll(async () => {
  await app?.stop();
  rmSync(files.folder, { recursive: true, force: true });
});

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(`${app.api}${path}`, { method, headers });

/** An address from which nobody has tried anything yet. */
let addresses = 0;
const fromElsewhere = (): Record<string, string> => ({ 'x-forwarded-for': `203.0.113.${(addresses += 1)}` });

describe('a request without a password', () => {
  it.each([
    ['en', 'Please sign in.'],
    ['pt-BR', 'É preciso entrar.'],
    ['es', 'Hay que iniciar sesión.'],
  ])('is asked for one, in %s', async (lang, title) => {
    const answer = await ask('/orders', { 'accept-language': lang });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Acme Orders", charset="UTF-8"');
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get('content-language')).toBe(lang);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const problem = await json<Problem>(answer);
    expect(problem).toMatchObject({ code: 'access.sign-in-needed', title, instance: '/acme_orders/api/v1/orders' });
    expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('is refused before a byte of its upload is read', async () => {
    const socket = await rawConnection(app);
    // Of ten gigabytes that were promised, none is ever sent.
    socket.write(postHead(app, { 'Content-Length': String(10 * 1024 ** 3) }));
    expect(await answerOn(socket)).toMatchObject({
      status: 401,
      body: expect.stringContaining('access.sign-in-needed') as string,
    });
  });

  it('is logged as every other', async () => {
    await ask('/orders', { 'x-request-id': 'nobody-asks-1' });
    const [line] = await eventually('it is logged', () => {
      const lines = linesAbout(app.log(), { 'http.request.id': 'nobody-asks-1', message: 'request completed' });
      return lines.length > 0 && lines;
    });
    expect(line).toMatchObject({ 'http.response.status_code': 401 });
  });
});

describe('a wrong password', () => {
  it('is told in the same words as an unknown user', async () => {
    const headers = fromElsewhere();
    const answers = await Promise.all([
      ask('/orders', { ...headers, ...basic('vera', 'wrong') }),
      ask('/orders', { ...headers, ...basic('stranger') }),
    ]);
    const problems = await Promise.all(answers.map((answer) => json<Problem>(answer)));
    for (const [index, problem] of problems.entries()) {
      expect(answers[index]!.headers.get('www-authenticate')).toContain('Basic');
      expect(problem).toMatchObject({ status: 401, code: 'access.wrong-password' });
    }
    expect(problems[0]!.detail).toBe(problems[1]!.detail);
  });

  it('makes the next attempt wait when there were many, from that address only', async () => {
    const headers = fromElsewhere();
    const refused = await eventually('attempts have to wait', async () => {
      const answer = await ask('/orders', { ...headers, ...basic('ivo', `wrong-${Math.random()}`) });
      return answer.status === 429 && answer;
    });
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(await json(refused)).toMatchObject({
      code: 'access.too-many-attempts',
      detail: `Wait ${seconds} s before the next attempt.`,
    });
    expect((await ask('/orders', { ...fromElsewhere(), ...basic('ivo') })).status).toBe(200);
  });

  it('is refused late where it has to wait, after those who came later', async () => {
    const headers = fromElsewhere();
    const order: number[] = [];
    const guesses = Array.from({ length: 12 }, async (_each, number) => {
      const { status } = await ask('/orders', { ...headers, ...basic('ivo', `wrong-${number}`) });
      order.push(status);
    });
    for (let number = 1; number <= 5; number++) order.push((await ask('/orders', basic('anna'))).status);
    await Promise.all(guesses);
    expect(order.filter((status) => status === 200)).toHaveLength(5);
    expect(order.slice(order.lastIndexOf(200) + 1)).toContain(429);
    expect(order.slice(0, order.lastIndexOf(200))).not.toContain(429);
  });

  it('is in the log with the user and the address, and never with the password', async () => {
    const from = fromElsewhere();
    const headers = { ...from, 'x-request-id': 'wrong-one-1' };
    await ask('/orders', { ...headers, ...basic('vera', 'hunter2-canary') });
    await ask('/orders', { ...headers, ...basic('hunter3-canary') });
    const lines = await eventually('both are logged', () => {
      const found = linesAbout(app.log(), { 'http.request.id': 'wrong-one-1', message: 'sign-in refused' });
      return found.length === 2 && found;
    });
    expect(lines[0]).toMatchObject({ 'user.name': 'vera', 'client.address': from['x-forwarded-for'] });
    expect(lines[1]).not.toHaveProperty(['user.name']);
    expect(app.log()).not.toMatch(/canary|hunter/);
    expect(app.log()).not.toContain(basic('vera').authorization);
  });
});

describe('a flood of wrong passwords', () => {
  it('is bounded, and others are answered meanwhile', async () => {
    await ask('/orders', basic('anna'));
    const headers = fromElsewhere();
    const flood = Array.from({ length: 1_000 }, (_each, index) =>
      ask('/orders', { ...headers, ...basic(index % 2 ? 'vera' : `user-${index}`, `wrong-${index}`) }),
    );
    const others = await Promise.all([
      ask('/orders', basic('anna')),
      ask('/orders', { ...fromElsewhere(), ...basic('ivo') }),
      fetch(`${app.url}/health/live`),
    ]);
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200]);
    const answers = await Promise.all(flood);
    const count = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
    expect(count(401) + count(429) + count(503)).toBe(1_000);
    expect(count(401)).toBeLessThan(60);
    expect(answers.filter(({ status, headers: given }) => status === 503 && given.get('retry-after') !== '1')).toEqual(
      [],
    );
  });
});

describe('a user', () => {
  it('who lacks a role is told which', async () => {
    const undo = await ask(
      '/imports/019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11/orders?lang=es',
      basic(USERS.importer),
      'DELETE',
    );
    expect(undo.status).toBe(403);
    expect(await json(undo)).toMatchObject({ code: 'access.forbidden', detail: 'Se necesita el rol admin.' });
    await eventually(
      'it is logged',
      () => linesAbout(app.log(), { message: 'access refused', 'access.role': 'admin' }).length === 1,
    );
  });

  it('may import with the role for it, and only with it', async () => {
    const body = fileOf(record(1));
    const send = (name: string): Promise<Response> =>
      fetch(`${app.api}/imports`, { method: 'POST', headers: { 'content-type': 'text/csv', ...basic(name) }, body });
    expect((await send(USERS.viewer)).status).toBe(403);
    expect((await send(USERS.importer)).status).toBe(202);
  });

  it('can be added, and removed, while the service runs', async () => {
    const line = await userLine('zoe');
    await writeFile(files.groupsFile, `viewer: vera zoe\nimporter: ivo\nadmin: anna\n`);
    await writeFile(files.usersFile, line, { flag: 'a' });
    await eventually('zoe is in', async () => (await ask('/orders', { ...fromElsewhere(), ...basic('zoe') })).ok);
    const all = await Promise.all(Object.values(USERS).map((name) => userLine(name)));
    await writeFile(files.usersFile, all.join(''));
    const refused = await eventually('zoe is out', async () => {
      const answer = await ask('/orders', { ...fromElsewhere(), ...basic('zoe') });
      return !answer.ok && answer;
    });
    expect(refused.status).toBe(401);
  });

  it('goes on when the new files cannot be read, and the log says what is wrong', async () => {
    await writeFile(files.groupsFile, 'vera\n');
    const [line] = await eventually('the fault is logged', () => {
      const lines = linesAbout(app.log(), { message: 'changed users cannot be read; those from before stay' });
      return lines.length > 0 && lines;
    });
    expect(line).toMatchObject({
      'event.reason': expect.stringContaining('AUTH_GROUPS_FILE, line 1: is not role: name name') as string,
    });
    expect((await ask('/orders', { ...fromElsewhere(), ...basic('vera') })).status).toBe(200);
  });
});

describe('npm run import', () => {
  const imported = async (userinfo: string) => {
    const path = join(files.folder, 'orders.csv');
    await writeFile(path, fileOf(record(7)));
    return runProgram('import', [path, '--url', app.url.replace('://', `://${userinfo}`), '--lang', 'pt-BR']);
  };

  it('sends user and password of the address, and never shows them', async () => {
    const { status, output } = await imported('ivo:ivo-pw@');
    expect([status, output]).toEqual([0, expect.stringMatching(/válidos/)]);
    expect(output).not.toContain('ivo-pw');
  });

  it('says how to sign in, and which role is needed', async () => {
    const { status, output } = await imported('');
    expect([status, output]).toEqual([1, expect.stringContaining('É preciso entrar. (401)')]);
    expect(output).toContain('--url http://USUÁRIO:SENHA@HOST');
    expect((await imported('vera:vera-pw@')).output).toContain('É preciso o papel importer.');
  });
});

describe('what asks nobody', () => {
  it('are the probes, and the port of a worker', async () => {
    const [worker] = app.workers;
    for (const address of [`${app.url}/health/ready`, `${worker!.url}/health/ready`, `${worker!.url}/metrics`]) {
      expect([address, (await fetch(address)).status]).toEqual([address, 200]);
    }
  });
});

describe('a page of another site', () => {
  it('changes nothing, whoever is signed in', async () => {
    const headers = { ...basic(USERS.admin), 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const answer = await ask('/imports?lang=pt-BR', headers, 'POST');
    expect(answer.status).toBe(403);
    expect(await json(answer)).toMatchObject({
      code: 'access.cross-site',
      title: 'Páginas de outros sites não podem fazer isso.',
    });
  });
});
