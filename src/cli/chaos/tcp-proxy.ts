import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A line between the service and a server, which can be cut and stalled. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that are open. */
  readonly lines: number;
  /** Passes nothing on, in either direction, and closes nothing: what a broken network looks like. */
  stall(): void;
  /** Breaks every connection, and refuses new ones until `heal`. */
  cut(): void;
  /** Passes everything on again. */
  heal(): void;
  close(): void;
}

type State = 'open' | 'stalled' | 'cut';

/** Listens on a free port of this machine and passes connections on to another one. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: State = 'open';
  const server = createServer((near) => {
    if (state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const pair = [near, connect(targetPort, '127.0.0.1')] as const;
    pairs.add(pair);
    joinPair(pair, () => pairs.delete(pair));
    if (state === 'stalled') pair.forEach((socket) => socket.pause());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const change = (to: State, each: (socket: Socket) => void) => {
    state = to;
    for (const pair of pairs) pair.forEach(each);
  };
  const cut = () => change('cut', (socket) => socket.resetAndDestroy());
  return {
    port: (server.address() as AddressInfo).port,
    get lines() {
      return pairs.size;
    },
    stall: () => change('stalled', (socket) => socket.pause()),
    cut,
    heal: () => change('open', (socket) => socket.resume()),
    close: () => {
      cut();
      server.close();
    },
  };
}

function joinPair([near, far]: readonly [Socket, Socket], onEnd: () => void): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.setNoDelay(true);
    // Not by pipe(): that would resume what a stall has paused.
    from.on('data', (bytes) => to.write(bytes));
    from.on('error', () => to.destroy());
    from.on('close', () => (to.destroy(), onEnd()));
  }
}
