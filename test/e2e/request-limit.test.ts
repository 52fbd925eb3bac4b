import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/shared/http/problem.js';
import { startApp, type App, type Role } from '../support/app.js';
import { json } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { basic, userFiles, type UserFiles } from '../support/users.js';

const LIMIT = 300;
const AT_ONCE = 20;

let files: UserFiles;
let app: App;
let other: Role;
let alone: Role;
beforeAll(async () => {
  files = await userFiles();
  app = await startApp({ workers: 0, env: { ...files.env, LIMIT_REQUESTS_PER_MINUTE: String(LIMIT) } });
  other = await app.startApi();
  // Nothing listens there.
  alone = await app.startApi({ REDIS_URL: 'redis://127.0.0.1:1' });
});
afterAll(async () => {
  await app?.stop();
  rmSync(files.folder, { recursive: true, force: true });
});

const ask = (url: string, user: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/acme_orders/api/v1/orders?limit=1`, { headers: { ...basic(user), ...headers } });
/** What an answer tells of the limit. */
function partsOf(answer: Response): { remaining: number; seconds: number } {
  const [, remaining, seconds] = /r=(\d+);t=(\d+)/.exec(answer.headers.get('ratelimit') ?? '') ?? [];
  return { remaining: Number(remaining), seconds: Number(seconds) };
}
/** Asks until it is refused, which begins anew with the minute. */
const refusal = (url: string, user: string, headers?: Record<string, string>): Promise<Response> =>
  eventually('it is refused', async () => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(url, user, headers)));
    for (const { status } of answers) expect([200, 429]).toContain(status);
    return answers.find(({ status }) => status === 429);
  });

describe('requests within a minute', () => {
  it('are limited for each user, and every answer tells how many are left', async () => {
    const first = await ask(app.url, 'vera');
    expect(first.headers.get('ratelimit')).toMatch(/^"minute";r=\d+;t=\d+$/);
    const refused = await refusal(app.url, 'vera', { 'accept-language': 'pt-BR' });
    expect(refused.headers.get('ratelimit')).toMatch(/^"minute";r=0;t=\d+$/);
    expect(refused.headers.get('ratelimit-policy')).toBe(`"minute";q=${LIMIT};w=60`);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await json<Problem>(refused)).toMatchObject({
      code: 'limits.too-many-requests',
      title: 'Houve requisições demais.',
      detail: expect.stringContaining(`${LIMIT} requisições`) as string,
    });
    expect((await ask(app.url, 'anna')).status).toBe(200);
  });

  it('are counted by all processes together', async () => {
    await eventually(
      'the minute is long enough',
      async () => partsOf(await ask(other.url, 'anna')).seconds > 10,
      15_000,
    );
    for (let count = 0; count < LIMIT / 2; count++) await ask(app.url, 'ivo');
    // It knows what it was asked itself at once, and the rest within seconds.
    let asked = 0;
    await eventually('the other process knows it', async () => {
      const { remaining } = partsOf(await ask(other.url, 'ivo'));
      return remaining === Math.max(LIMIT / 2 - (asked += 1), 0);
    });
    expect(asked).toBeLessThan(LIMIT / 2);
  });

  it('are counted by a process for itself where Redis is away', async () => {
    const refused = await refusal(alone.url, 'vera');
    expect(await json<Problem>(refused)).toMatchObject({ code: 'limits.too-many-requests' });
  });

  it('are not those of probes and metrics', async () => {
    for (let count = 0; count <= LIMIT; count++) {
      expect((await fetch(`${app.url}/health/live`)).status).toBe(200);
    }
    const metrics = await fetch(`${app.url}/metrics`, { headers: basic('anna') });
    expect(metrics.headers.get('ratelimit')).toBeNull();
  });
});
