import { rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { get, upload } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import {
  drippingUploads,
  endlessHeaders,
  endlessUpload,
  hugeUploads,
  wrongPasswords,
  type Target,
} from '../../src/cli/bench/hostile-clients.js';
import { fileOf, record } from '../support/order-files.js';
import { judgeUpload } from '../support/raw-http.js';
import { basic, userFiles, type UserFiles } from '../support/users.js';

const CLIENTS = 40;
const MIB = 1024 ** 2;
/** More than an API takes by itself, and far less than what is sent to it. */
const MOST_MEMORY = 400 * MIB;

let files: UserFiles;
let app: App;
beforeAll(async () => {
  files = await userFiles();
  app = await startApp({
    env: {
      ...files.env,
      TRUST_PROXY: 'loopback',
      IMPORT_MAX_FILE_BYTES: String(8 * MIB),
      LIMIT_UPLOADS_PER_USER: '10',
      LIMIT_UPLOAD_WINDOW_MS: '2000',
      LIMIT_HEADERS_MS: '2000',
    },
  });
});
afterAll(async () => {
  await app?.stop();
  rmSync(files.folder, { recursive: true, force: true });
});

/** As whom bad clients come, from an address of their own. */
const as = (user: string): Target => ({ origin: app.url, address: '203.0.113.66', user, seen: judgeUpload });

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${app.url}/metrics`, { headers: basic('anna') })).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

/** What people do meanwhile: they read, and bring files. */
async function others(isOver: () => boolean): Promise<{ statuses: Set<number>; memory: number }> {
  const statuses = new Set<number>();
  let memory = 0;
  for (let id = 1; !isOver(); id++) {
    statuses.add((await get(app, '/orders?limit=10', basic('vera'))).status);
    statuses.add((await upload(app, fileOf(record(id)), '', basic('anna'))).status);
    memory = Math.max(memory, await metric('process_resident_memory_bytes'));
  }
  return { statuses, memory };
}

it('bad clients are cut off, while others are answered and nothing is used up', async () => {
  // Who is known already is not in the line of those who guess.
  for (const user of ['vera', 'ivo', 'anna']) await get(app, '/orders', basic(user));
  let isOver = false;
  const people = others(() => isOver);
  const [dripping, headers, huge, endless, guesses] = await Promise.all([
    drippingUploads(as('ivo'), CLIENTS, 200),
    endlessHeaders(as('ivo'), CLIENTS, 200),
    hugeUploads(as('ivo'), CLIENTS),
    endlessUpload(as('anna')),
    wrongPasswords(as('ivo'), 'vera', 200),
  ]).finally(() => (isOver = true));
  expect(dripping).toEqual({ 408: expect.any(Number) as number, 429: expect.any(Number) as number });
  expect(headers).toEqual({ 408: CLIENTS });
  // Refused for their length, or because as many drip already.
  expect(Object.keys(huge).filter((status) => !['413', '429'].includes(status))).toEqual([]);
  expect(endless).toBe(413);
  expect(Object.keys(guesses).filter((status) => !['401', '429', '503'].includes(status))).toEqual([]);
  const { statuses, memory } = await people;
  expect(statuses).toEqual(new Set([200, 202]));
  expect(memory).toBeLessThan(MOST_MEMORY);
  await eventually('no upload is under way, and nothing of one is left', async () => {
    const parts = (await readdir(join(app.dataDir, 'uploads'))).filter((name) => name.endsWith('.part'));
    return parts.length === 0 && (await metric('orders_import_uploads_in_progress')) === 0;
  });
});
