import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The reference of uploads: a bare server that hashes the body, writes it to the file named by its argument and answers
 * the hash once the file is durable.
 */
async function receive(request: IncomingMessage, path: string): Promise<string> {
  const hash = createHash('sha256');
  const out = createWriteStream(path, { flush: true, highWaterMark: 1 << 20 });
  for await (const piece of request as AsyncIterable<Buffer>) {
    hash.update(piece);
    if (!out.write(piece)) await once(out, 'drain');
  }
  out.end();
  // By then `flush` has called fsync.
  await once(out, 'close');
  return hash.digest('hex');
}

const path = process.argv[2]!;
const server = createServer((request, response) => {
  void receive(request, path).then(
    (sha256) => response.end(sha256),
    () => response.destroy(),
  );
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('disconnect', () => process.exit());
