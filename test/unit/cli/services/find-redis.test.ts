import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findRedis, type Machine } from '../../../../src/cli/services/find-redis.js';
import { temporaryFolder } from '../../../support/folders.js';

/** A machine whose PATH has only these programs. */
function machine(programs: Record<string, string>, rest: Partial<Machine> = {}): Machine & { bin: string } {
  const bin = join(temporaryFolder(), 'bin');
  onTestFinished(() => rmSync(join(bin, '..'), { recursive: true }));
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) program(join(bin, name), script);
  const given = { platform: 'linux', isRoot: false, folders: [], ...rest } as const;
  return { ...given, bin, env: { PATH: bin, ...rest.env } };
}

function program(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** A package manager that notes how it was called and installs a Redis beside itself. */
const PACKAGE_MANAGER = `
here=\${0%/*}
echo "$*" >> "$here/../calls"
case "$*" in *install*) printf '#!/bin/sh\\n' > "$here/redis-server"; /bin/chmod 755 "$here/redis-server";; esac`;

const silent = () => {};

describe('finding Redis', () => {
  test('takes the program that REDIS_SERVER_BIN names', async () => {
    const here = machine({ 'redis-server': '', mine: '' });
    const env = { ...here.env, REDIS_SERVER_BIN: join(here.bin, 'mine') };
    expect(await findRedis({ ...here, env }, silent)).toBe(join(here.bin, 'mine'));
  });

  test('says so where REDIS_SERVER_BIN names nothing', async () => {
    const here = machine({ 'redis-server': '' }, { env: { REDIS_SERVER_BIN: '/nothing/here' } });
    await expect(findRedis(here, silent)).rejects.toMatchObject({ code: 'services.redis-bin' });
  });

  test.each(['redis-server', 'valkey-server'])('takes %s on PATH', async (name) => {
    const here = machine({ [name]: '' });
    expect(await findRedis(here, silent)).toBe(join(here.bin, name));
  });

  test('looks in the usual folders beside PATH', async () => {
    const there = machine({ 'redis-server': '' });
    const here = machine({}, { folders: [there.bin] });
    expect(await findRedis(here, silent)).toBe(join(there.bin, 'redis-server'));
  });

  test('passes over a file that is no program', async () => {
    const here = machine({ 'valkey-server': '' });
    writeFileSync(join(here.bin, 'redis-server'), '');
    expect(await findRedis(here, silent)).toBe(join(here.bin, 'valkey-server'));
  });

  test('installs it by apt as root', async () => {
    const here = machine({ 'apt-get': PACKAGE_MANAGER }, { isRoot: true });
    expect(await findRedis(here, silent)).toBe(join(here.bin, 'redis-server'));
  });

  test('installs it by Homebrew on macOS', async () => {
    const here = machine({ brew: PACKAGE_MANAGER }, { platform: 'darwin' });
    expect(await findRedis(here, silent)).toBe(join(here.bin, 'redis-server'));
  });

  test.each([
    ['without root', machineOptions('apt-get', false, 'linux')],
    ['as root on macOS, which Homebrew refuses', machineOptions('brew', true, 'darwin')],
  ])('installs nothing %s and says what to do', async (_case, [name, rest]) => {
    const here = machine({ [name]: PACKAGE_MANAGER }, rest);
    await expect(findRedis(here, silent)).rejects.toMatchObject({ code: 'services.redis-missing' });
  });

  test('tells why the installation failed', async () => {
    const here = machine({ 'apt-get': 'echo no network >&2; exit 100' }, { isRoot: true });
    await expect(findRedis(here, silent)).rejects.toMatchObject({
      code: 'services.redis-install-failed',
      params: { reason: 'no network' },
    });
  });
});

function machineOptions(name: string, isRoot: boolean, platform: NodeJS.Platform): [string, Partial<Machine>] {
  return [name, { isRoot, platform }];
}
