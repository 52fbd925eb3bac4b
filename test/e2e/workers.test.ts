import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Worker, Workers } from '../../src/imports/workers/worker.dto.js';
import { startApp, type App, type Role } from '../support/app.js';
import { accepted, ended, get, getImport, json, sql, upload, whileOrdersAreLocked } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { fileOf, record } from '../support/order-files.js';

let app: App;
beforeAll(async () => {
  app = await startApp({ workers: 2, env: { IMPORT_SWEEP_MS: '200', IMPORT_LEASE_MS: '1000', IMPORT_SLOTS: '3' } });
});
afterAll(() => app?.stop());

const workers = async (): Promise<Worker[]> => (await json<Workers>(get(app, '/workers'))).items;
const seen = async (role: Role): Promise<Worker | undefined> =>
  (await workers()).find(({ pid }) => pid === role.process.pid);

describe('the workers', () => {
  it('are listed with what they are, the longest running first', async () => {
    const listed = await eventually('both are there', async () => {
      const all = await workers();
      return all.length === 2 && all;
    });
    expect(new Set(listed.map(({ pid }) => pid))).toEqual(new Set([...app.workers].map(({ process: { pid } }) => pid)));
    for (const worker of listed) {
      expect(worker).toMatchObject({ id: `${worker.host}:${worker.pid}`, slots: 3, isAlive: true, leases: [] });
      expect(Date.parse(worker.heartbeatAt)).toBeGreaterThanOrEqual(Date.parse(worker.startedAt));
    }
    expect(listed.map(({ startedAt }) => startedAt)).toEqual(listed.map(({ startedAt }) => startedAt).toSorted());
  });

  it('show the segments that they hold, until these are done', async () => {
    const { id } = await whileOrdersAreLocked(app, async () => {
      const started = await accepted(upload(app, fileOf(record(1))));
      await eventually('it runs', async () => (await getImport(app, started.id)).state === 'running');
      const leases = (await workers()).flatMap((worker) => worker.leases);
      expect(leases).toMatchObject([{ importId: started.id, segment: 0 }]);
      return started;
    });
    await ended(app, id);
    expect((await workers()).flatMap(({ leases }) => leases)).toEqual([]);
  });

  it('are gone from the list when they end in good order', async () => {
    const role = await app.startWorker();
    await eventually('it is there', () => seen(role));
    role.process.kill('SIGTERM');
    expect(await role.ended).toBe(0);
    expect(await seen(role)).toBeUndefined();
  });

  it('that were killed stay as dead, and are forgotten after a while', async () => {
    const role = await app.startWorker();
    const { id } = await eventually('it is there', () => seen(role));
    role.process.kill('SIGKILL');
    await role.ended;
    const age = (by: string) =>
      sql(app, `UPDATE workers SET alive_until = alive_until - $2::interval WHERE id = $1`, [id, by]);
    await age('1 minute');
    expect(await seen(role)).toMatchObject({ isAlive: false });
    await age('10 minutes');
    // Every worker tidies when it starts.
    await app.startWorker();
    await eventually('it is forgotten', async () => (await seen(role)) === undefined);
  });

  it('come in an answer that takes no parameters', async () => {
    expect((await get(app, '/workers?limit=1')).status).toBe(400);
  });
});
