import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '../../../../src/cli/data-folder.js';
import { postgresCluster } from '../../../../src/cli/services/postgres-cluster.js';
import { temporaryFolder } from '../../../support/folders.js';

const binaries = { postgres: '/nowhere/postgres', initdb: '/nowhere/initdb', major: '18' };

test('a database of another major version is refused, naming both, and left as it is', async () => {
  const folder = await openDataFolder(temporaryFolder(), () => {});
  onTestFinished(() => rmSync(folder.path, { recursive: true }));
  const data = join(folder.path, 'postgres', 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'PG_VERSION'), '17\n');
  await expect(postgresCluster(folder, binaries, null, { say: () => {} })).rejects.toMatchObject({
    code: 'services.other-major',
    params: { found: '17', wanted: '18' },
  });
  expect(readdirSync(data)).toEqual(['PG_VERSION']);
});
