import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { choosePorts, originOf } from '../../../src/cli/ports.js';
import { readConfig } from '../../../src/config.js';

async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

const choose = (env: NodeJS.ProcessEnv) => choosePorts(readConfig(env), env);

describe('the ports', () => {
  test('are free ones where 0 is asked for', async () => {
    const { api, worker } = await choose({ PORT: '0', WORKER_PORT: '0' });
    expect([api > 1024, worker > 1024, api !== worker]).toEqual([true, true, true]);
  });

  test.each(['PORT', 'WORKER_PORT'])('are refused where the one of %s is taken, naming both', async (variable) => {
    const port = await takenPort();
    const chosen = choose({ PORT: '0', WORKER_PORT: '0', [variable]: port });
    await expect(chosen).rejects.toMatchObject({ code: 'start.port-taken', params: { port, variable } });
  });
});

test.each([
  ['127.0.0.1', 'http://127.0.0.1:80'],
  ['0.0.0.0', 'http://127.0.0.1:80'],
  ['::', 'http://[::1]:80'],
  ['::1', 'http://[::1]:80'],
  ['orders.local', 'http://orders.local:80'],
])('a server that listens on %s is found at %s', (host, origin) => {
  expect(originOf(host, 80)).toBe(origin);
});
