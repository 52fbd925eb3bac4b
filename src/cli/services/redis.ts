import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ENDINGS } from '../end-process.js';
import { findRedis, thisMachine } from './find-redis.js';
import { clearPidFile } from './pid-file.js';
import { startService, type RunningService, type StartContext } from './service.js';

const PID_FILE = 'redis.pid';

/** Starts a Redis or Valkey server of this machine with its data in the data folder. */
export async function startRedis(
  context: StartContext & { readonly env: NodeJS.ProcessEnv },
): Promise<RunningService & { readonly url: string }> {
  const binary = await findRedis(thisMachine(context.env), context.say);
  const folder = join(context.folder.path, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await clearPidFile('redis', join(folder, PID_FILE), context.say);
  // Other users of the machine can knock at its port too.
  const password = randomBytes(24).toString('base64url');
  const url = (port: number) => `redis://:${password}@127.0.0.1:${port}/0`;
  const service = await startService(
    {
      name: 'redis',
      title: 'Redis',
      ending: ENDINGS.redis,
      start: (port, logFd) => spawnRedis(binary, folder, settings(port, password), logFd),
      isReady: (port) => answers(url(port)),
    },
    context,
  );
  return Object.assign(service, { url: url(service.port) });
}

const settings = (port: number, password: string): readonly string[] => [
  'bind 127.0.0.1',
  `port ${port}`,
  `requirepass ${password}`,
  'daemonize no',
  `pidfile ${PID_FILE}`,
  'appendonly yes',
  'appendfsync everysec',
  'save ""',
  // Anything else would let Redis forget a job that is waiting.
  'maxmemory-policy noeviction',
  // Each test file takes one of its own.
  'databases 1024',
];

function spawnRedis(binary: string, folder: string, lines: readonly string[], logFd: number) {
  const child = spawn(binary, ['-'], { cwd: folder, stdio: ['pipe', logFd, logFd], detached: true });
  // By standard input, where no process list shows the password. A server that died before reading says so in its log.
  child.stdin?.on('error', () => {});
  child.stdin?.end(`${lines.join('\n')}\n`);
  return child;
}

/** Whether it is up and has read its data. */
async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 2_000, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
