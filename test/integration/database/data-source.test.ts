import type { ClientBase } from 'pg';
import { describe, expect, it } from 'vitest';
import { freshTables } from '../../support/context.js';

describe('a connection to the database', () => {
  it('that breaks while nobody listens does not end the process', async () => {
    const database = await freshTables();
    try {
      const runner = database.createQueryRunner();
      const client = (await runner.connect()) as ClientBase;
      // TypeORM hears the first, and listens no more.
      for (let time = 0; time < 3; time++) expect(() => client.emit('error', new Error('gone'))).not.toThrow();
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await database.destroy();
    }
  });
});
