import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that a test can cut or block, as a network does. */
export interface Line {
  /** The address of the server, through this line. */
  readonly url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Lets nothing through and breaks nothing: both ends wait. */
  block(): void;
  /** Makes the line whole again, on the same port. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Lays a line to the server of a URL. */
export async function lineTo(target: string): Promise<Line> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isBlocked = false;
  const server: Server = createServer((near) => {
    const far = connect({ host: hostname, port: Number(port) });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('data', (piece) => other.write(piece));
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      if (isBlocked) socket.pause();
    }
  });
  const listen = async (on: number): Promise<void> => void (await once(server.listen(on, '127.0.0.1'), 'listening'));
  const cut = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const own = (server.address() as { port: number }).port;
  const url = new URL(target);
  url.host = `127.0.0.1:${own}`;
  return {
    url: url.href,
    cut,
    block: () => {
      isBlocked = true;
      for (const socket of sockets) socket.pause();
    },
    mend: async () => {
      isBlocked = false;
      for (const socket of sockets) socket.resume();
      if (!server.listening) await listen(own);
    },
    close: cut,
  };
}
