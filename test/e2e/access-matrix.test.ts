import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { channel } from 'node:diagnostics_channel';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.js';
import { createApp } from '../../src/http-server.js';
import { freshDatabase, redisFor } from '../support/database.js';
import { basic, userFiles, USERS, type UserFiles } from '../support/users.js';

const WHO = ['nobody', 'viewer', 'importer', 'admin'] as const;
type Who = (typeof WHO)[number];

/** The rows of the table in docs/security.md: a route, and who may use it. A route may end in `**`. */
const rows = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'security.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, route, ...cells] =
      /^\| `([A-Z]+ \/\S*)` +\| +(yes|no) +\| +(yes|no) +\| +(yes|no) +\| +(yes|no) +\|$/.exec(line) ?? [];
    return route ? [{ route, may: WHO.filter((_who, index) => cells[index] === 'yes') }] : [];
  });

/** The row of a route: the one that names it, or else the longest that it begins with. */
const rowOf = (route: string) =>
  rows.find((row) => row.route === route) ??
  rows
    .filter((row) => row.route.endsWith('**') && `${route}/`.startsWith(row.route.slice(0, -2)))
    .toSorted((a, b) => b.route.length - a.route.length)[0];

const ID = '019abf6e-7a30-7c3e-9c7e-1d2f5a9c0b11';
/** An address of a route that is there, whatever its parameters are. */
const addressOf = (url: string): string =>
  url.replace('/orders/:id', '/orders/1').replaceAll(':id', ID).replaceAll(/:\w+/g, 'x').replaceAll('*', 'x');

const routes = new Set<string>();
/** Of the first server that is made, which is that of the application. */
const noteRoutes = (message: unknown): void => {
  channel('fastify.initialization').unsubscribe(noteRoutes);
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (url !== '*') routes.add(`${each} ${url}`);
  });
};

let files: UserFiles;
let dataDir: string;
let app: NestFastifyApplication;
let server: FastifyInstance;
beforeAll(async () => {
  files = await userFiles();
  dataDir = await mkdtemp(join(tmpdir(), 'acme-orders-test-'));
  channel('fastify.initialization').subscribe(noteRoutes);
  app = await createApp(
    readConfig({
      ...files.env,
      ACME_ENV: 'test',
      ROLE: 'api',
      LOG_LEVEL: 'silent',
      DATABASE_URL: await freshDatabase(),
      REDIS_URL: await redisFor(),
      DATA_DIR: dataDir,
    }),
  );
  await app.init();
  server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  await server.ready();
});
afterAll(async () => {
  await app?.close();
  rmSync(dataDir, { recursive: true, force: true });
  rmSync(files.folder, { recursive: true, force: true });
});

async function statusFor(who: Who, route: string): Promise<number> {
  const [method, url] = route.split(' ') as ['GET', string];
  const headers = who === 'nobody' ? {} : basic(USERS[who]);
  return (await server.inject({ method, url: addressOf(url), headers })).statusCode;
}

const listed = (): string[] => [...routes].filter((route) => !/^(HEAD|OPTIONS) /.test(route)).toSorted();

describe('the table of what each role may do', () => {
  it('has every route of the server, those of plugins too', () => {
    expect(listed()).toEqual(expect.arrayContaining(['GET /acme_orders', 'GET /acme_orders/api/docs', 'GET /metrics']));
    expect(listed().length).toBeGreaterThan(25);
    expect(listed().filter((route) => !rowOf(route))).toEqual([]);
  });

  it('names no route that there is not', () => {
    const named = rows.map(({ route }) => route).filter((route) => !route.endsWith('**'));
    expect(named.filter((route) => !routes.has(route))).toEqual([]);
  });

  it.each(WHO)('holds for %s on every route', async (who) => {
    const wrong: string[] = [];
    for (const route of listed()) {
      const status = await statusFor(who, route);
      const isRefused = status === 401 || status === 403;
      const mayUse = rowOf(route)!.may.includes(who);
      const refusal = who === 'nobody' ? 401 : 403;
      if (mayUse ? isRefused || status === 500 : status !== refusal) wrong.push(`${route}: ${status}`);
    }
    expect(wrong).toEqual([]);
  });

  it('lets a user of no group do only what everybody may', async () => {
    const open: string[] = [];
    for (const route of listed()) {
      const [method, url] = route.split(' ') as ['GET', string];
      const answer = await server.inject({ method, url: addressOf(url), headers: basic(USERS.none) });
      if (answer.statusCode !== 403) open.push(route);
    }
    expect(open).toEqual(['GET /health/live', 'GET /health/ready', 'GET /health/startup']);
  });

  it('treats HEAD as GET', async () => {
    for (const [who, status] of [
      ['nobody', 401],
      ['viewer', 403],
      ['admin', 200],
    ] as const) {
      expect([who, await statusFor(who, 'HEAD /metrics')]).toEqual([who, status]);
    }
  });
});

describe('an address of which there is none', () => {
  it.each([
    'GET /',
    'GET /nothing',
    'POST /acme_orders/api/v1/nothing',
    'DELETE /acme_orders/api/v1/orders',
    'GET /%zz',
    'OPTIONS /x',
  ])('tells nothing to nobody: %s', async (route) => {
    expect(await statusFor('nobody', route)).toBe(401);
    expect([404, 405]).toContain(await statusFor('viewer', route));
  });

  it('does not make a route another by being written otherwise', async () => {
    for (const url of ['/%6detrics', '/metrics/', '/metrics?x=1']) {
      expect([url, await statusFor('viewer', `GET ${url}`)]).toEqual([url, 403]);
    }
  });
});
