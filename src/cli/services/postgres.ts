import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { ENDINGS } from '../end-process.js';
import { CliProblem, codeOf, reasonOf } from '../problem.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { postgresCluster, type PostgresCluster } from './postgres-cluster.js';
import { clearPidFile } from './pid-file.js';
import { serverUser } from './server-user.js';
import { startService, type RunningService, type StartContext } from './service.js';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  // For bulk load: fewer checkpoints, and room for the pages that indexes touch. fsync stays on.
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // Statements and details of errors hold customers' data.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
};

/** Starts the PostgreSQL of the npm package with its data in the data folder. */
export async function startPostgres(context: StartContext): Promise<RunningService & { readonly url: string }> {
  const user = serverUser();
  const binaries = await postgresBinaries(user, context.say);
  const cluster = await postgresCluster(context.folder, binaries, user, context);
  await clearPidFile('postgres', join(cluster.data, 'postmaster.pid'), context.say);
  const url = (port: number) => `postgres://postgres:${cluster.password}@127.0.0.1:${port}/postgres`;
  const service = await startService(
    {
      name: 'postgres',
      title: 'PostgreSQL',
      ending: ENDINGS.postgres,
      start: (port, logFd) => spawnPostgres(binaries, cluster, port, logFd),
      isReady: (port) => answers(url(port)),
    },
    context,
  );
  return Object.assign(service, { url: url(service.port) });
}

function spawnPostgres({ postgres }: PostgresBinaries, { data, user }: PostgresCluster, port: number, logFd: number) {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(postgres, ['-D', data, '-p', String(port), ...settings], {
    ...user,
    env: { ...process.env, LC_ALL: 'C' },
    cwd: data,
    stdio: ['ignore', logFd, logFd],
    // A session of its own, so that Ctrl-C reaches only the launcher, which knows the order.
    detached: true,
  });
}

// Not yet listening; starting up, recovering or shutting down (57P03).
const NOT_YET = ['ECONNREFUSED', 'ECONNRESET', '57P03'];

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (!/^\w{5}$/.test(code) || NOT_YET.includes(code)) return false;
    throw new CliProblem('services.refused', { name: 'PostgreSQL', reason: reasonOf(error) });
  } finally {
    await client.end().catch(() => {});
  }
}
