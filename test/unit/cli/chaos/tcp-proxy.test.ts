import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../../../src/cli/chaos/tcp-proxy.js';
import { eventually } from '../../../support/eventually.js';

let echo: Server;
let proxy: TcpProxy;
let heard = '';

beforeEach(async () => {
  heard = '';
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startTcpProxy((echo.address() as AddressInfo).port);
});

afterEach(() => {
  proxy.close();
  echo.close();
});

/** Not by `once`, which takes the error that comes before for its own. */
const closed = (socket: Socket) => new Promise((resolve) => socket.on('close', resolve));

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
  socket.on('data', (bytes) => (heard += String(bytes)));
  await once(socket, 'connect');
  return socket;
}

describe('a line through the proxy', () => {
  it('passes on what is said, in both directions', async () => {
    (await client()).write('hello');
    expect(await eventually('the echo is there', () => heard !== '' && heard)).toBe('hello');
  });

  it('keeps what is said while it is stalled until it is healed', async () => {
    const socket = await client();
    socket.write('a');
    await eventually('the line works', () => heard === 'a');
    proxy.stall();
    socket.write('b');
    const other = await client();
    other.write('c');
    await eventually('the other line is seen', () => proxy.lines === 2);
    expect(heard).toBe('a');
    proxy.heal();
    await eventually('everything has come through', () => [...heard].toSorted().join('') === 'abc');
  });

  it('is gone once it is cut, and new ones are refused until it is healed', async () => {
    const socket = await client();
    proxy.cut();
    await closed(socket);
    const refused = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    await closed(refused);
    proxy.heal();
    (await client()).write('again');
    expect(await eventually('the echo is there', () => heard !== '' && heard)).toBe('again');
  });
});
