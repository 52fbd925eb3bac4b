import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ranges from which Linux and macOS take the ports of outgoing connections: a client that keeps knocking at
// a port of those ranges while nothing listens there can end up connected to itself.
const FIRST = 15_000;
const LAST = 32_000;

const given = new Set<number>();

/** A port on which nothing listens at the moment. Never the same twice: who got it may not listen yet. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port) || (await listenFault(port, host)) !== null) continue;
    given.add(port);
    return port;
  }
}

/** Why nobody can listen on this port now, as a system error code such as `EADDRINUSE`; null where it is free. */
export function listenFault(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
