import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { UploadPace } from '../../../src/imports/upload/upload-pace.js';
import { eventually } from '../../support/eventually.js';

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** A body of which this much has come, and whose rest does not. */
async function bodyOf(bytes: number): Promise<IncomingMessage> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  ends.push(
    () => socket.destroy(),
    () => server.close(),
  );
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes + 1}\r\n\r\n${'x'.repeat(bytes)}`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return request;
}
const paceOf = (body: IncomingMessage, uploadBytesPerSecond = 1_000): UploadPace => {
  const pace = new UploadPace(body, { uploadBytesPerSecond, uploadWindowMs: 100 });
  ends.push(() => pace.end());
  return pace;
};

describe('the pace of an upload', () => {
  it('is too slow where the service waits for the client', async () => {
    const body = await bodyOf(10_000);
    const pace = paceOf(body.resume());
    await eventually('it is cut off', () => pace.signal.aborted);
    expect(pace.signal.reason).toMatchObject({ code: 'imports.upload-too-slow', params: { limit: 1_000 } });
  });

  it('is not the fault of a client that waits for the service, and none where it is not limited', async () => {
    const waiting = paceOf(await bodyOf(10_000));
    const unlimited = paceOf((await bodyOf(10)).resume(), 0);
    const slow = paceOf((await bodyOf(10)).resume());
    await eventually('a slow one is cut off', () => slow.signal.aborted);
    const later = paceOf((await bodyOf(10)).resume());
    // By then windows of the others have ended, too.
    await eventually('a later one is cut off', () => later.signal.aborted);
    expect([waiting.signal.aborted, unlimited.signal.aborted]).toEqual([false, false]);
  });
});
