import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type App } from '../support/app.js';
import { json } from '../support/client.js';
import { userFiles } from '../support/users.js';

describe('a service without users', () => {
  let app: App;
  beforeAll(async () => void (app = await startApp({ workers: 0 })));
  afterAll(() => app?.stop());

  it('lets everybody on this machine do everything', async () => {
    for (const path of ['/acme_orders', '/acme_orders/api/docs', '/metrics', '/acme_orders/api/v1/orders']) {
      expect([path, (await fetch(app.url + path)).status]).toEqual([path, 200]);
    }
    expect((await fetch(`${app.url}/nothing`)).status).toBe(404);
  });

  it('lets no page of another site change anything', async () => {
    const send = (origin: string): Promise<Response> =>
      fetch(`${app.api}/imports`, { method: 'POST', headers: { origin, 'content-type': 'text/csv' }, body: 'x' });
    expect(await json(send('https://evil.example'))).toMatchObject({ status: 403, code: 'access.cross-site' });
    expect(await json(send('null'))).toMatchObject({ status: 403 });
    expect((await send(app.url)).status).toBe(422);
  });
});

describe('a service does not start', () => {
  const started = (env: Record<string, string>): Promise<string> =>
    startApp({ env, workers: 0 }).then(
      async (app) => {
        await app.stop();
        return 'started';
      },
      (error: Error) => error.message,
    );

  it('in production without users, and says what to set', async () => {
    expect(await started({ ACME_ENV: 'production' })).toContain(
      'AUTH_USERS_FILE: must be set in production, with AUTH_GROUPS_FILE; README, "Users and roles", tells how',
    );
  });

  it('without users where other machines reach it', async () => {
    expect(await started({ ACME_ENV: 'development', HOST: '0.0.0.0' })).toContain(
      'AUTH_USERS_FILE: must be set where HOST (0.0.0.0) can be reached from other machines',
    );
  });

  it('with files that cannot be read', async () => {
    const { env, groupsFile } = await userFiles();
    expect(await started({ ...env, AUTH_USERS_FILE: groupsFile })).toContain(
      'AUTH_USERS_FILE, line 1: the hash is not that of bcrypt',
    );
    expect(await started({ ...env, AUTH_USERS_FILE: `${groupsFile}.none` })).toContain('ENOENT');
  });

  it('only otherwise: in production with users it does', async () => {
    const { env } = await userFiles();
    expect(await started({ ...env, ACME_ENV: 'production', HOST: '127.0.0.1', SHUTDOWN_DELAY_MS: '0' })).toBe(
      'started',
    );
  });
});
