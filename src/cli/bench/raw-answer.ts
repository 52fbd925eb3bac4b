import type { Socket } from 'node:net';

/** What came on a connection until it was whole by its length, or until the connection ended. */
export interface RawAnswer {
  /** 0 where nothing came that begins as an answer does. */
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly body: string;
  readonly isWhole: boolean;
}

/** Reads the answer on a connection on which something was written that no HTTP client would, and ends the connection. */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let text = '';
  // A reset after the answer takes nothing from it.
  socket.setMaxListeners(0).on('error', () => undefined);
  await new Promise<void>((done) => {
    socket.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (isWhole(text)) done();
    });
    socket.once('end', done);
    socket.once('close', () => done());
  });
  socket.destroy();
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
  return { status, head, body, isWhole: isWhole(text) };
}

/** The value of a header without its parameters, '' where it is not there. */
export const headerOf = (head: string, name: string): string =>
  new RegExp(`^${name}: ([^;\r]*)`, 'im').exec(head)?.[1] ?? '';

function isWhole(text: string): boolean {
  const [head, body] = text.split('\r\n\r\n');
  return body !== undefined && Buffer.byteLength(body) >= Number(headerOf(head!, 'content-length') || Infinity);
}
