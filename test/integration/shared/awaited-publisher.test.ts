import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportAdvanced } from '../../../src/imports/events.js';
import { ImportStatusEntity } from '../../../src/imports/status/import-status.entity.js';
import { AwaitedPublisher } from '../../../src/shared/awaited-publisher.js';
import { startContext, type Context } from '../../support/context.js';
import { addImport, NOTHING } from '../../support/ledger.js';

let context: Context;
let events: AwaitedPublisher;
beforeAll(async () => {
  context = await startContext('worker');
  events = context.module.get(AwaitedPublisher, { strict: false });
});
afterAll(() => context?.close());

const advance = (importId: string, valid: number) =>
  events.publish(new ImportAdvanced(importId, 1, new Date(), valid, { ...NOTHING, valid }, null, false));
const validOf = async (importId: string): Promise<number> =>
  (await context.database.manager.findOneByOrFail(ImportStatusEntity, { importId })).valid;

describe('publishing an event', () => {
  it('is over only when its handler has done its work', async () => {
    const id = await addImport(context.database);
    await advance(id, 7);
    expect(await validOf(id)).toBe(7);
  });

  it('fails with what its handler throws, and later events still arrive', async () => {
    const id = await addImport(context.database);
    await context.database.query('ALTER TABLE import_status RENAME TO moved');
    await expect(advance(id, 1)).rejects.toMatchObject({ code: '42P01' });
    await context.database.query('ALTER TABLE moved RENAME TO import_status');
    await advance(id, 2);
    expect(await validOf(id)).toBe(2);
  });

  it('that nobody handles is no error', async () => {
    class NobodyHandlesThis {}
    await expect(events.publish(new NobodyHandlesThis())).resolves.toBeUndefined();
  });
});
