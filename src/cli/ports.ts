import type { Config } from '../config.js';
import { CliProblem } from './problem.js';
import { freePort, listenFault } from './services/free-port.js';

/** Where the processes of the application listen. */
export interface Ports {
  readonly api: number;
  readonly worker: number;
}

/**
 * The ports of the configuration, with free ones for those that are 0. The worker's gives way where nobody asked for
 * it. Throws `start.port-taken` naming the port and its variable.
 */
export async function choosePorts({ host, port, workerPort }: Config, env: NodeJS.ProcessEnv): Promise<Ports> {
  const api = port === 0 ? await freePort(host) : await checked('PORT', port, host);
  if (workerPort === 0 || (!env.WORKER_PORT && (await listenFault(workerPort, host))))
    return { api, worker: await freePort(host) };
  return { api, worker: await checked('WORKER_PORT', workerPort, host) };
}

async function checked(variable: string, port: number, host: string): Promise<number> {
  const fault = await listenFault(port, host);
  const params = { port: String(port), host, variable };
  if (fault === 'EADDRINUSE') throw new CliProblem('start.port-taken', params);
  if (fault !== null) throw new CliProblem('start.port-refused', { ...params, reason: fault });
  return port;
}

/** The address at which a client on this machine finds a server that listens on this host. */
export function originOf(host: string, port: number): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
