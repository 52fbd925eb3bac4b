import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apiBase, type ServiceClient } from '../../../src/cli/service-client.js';
import { sizeOf, uploadImport } from '../../../src/cli/upload.js';
import { temporaryFolder } from '../../support/folders.js';

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

async function serve(listener: Listener): Promise<ServiceClient> {
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  const base = apiBase(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { base, language: 'es', signal: new AbortController().signal };
}

function file(name: string, content: string | Buffer): string {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

async function upload(client: ServiceClient, path: string, onProgress: (sent: number) => void = () => {}) {
  return uploadImport(client, {
    path,
    fileBytes: await sizeOf(path),
    query: { onDuplicate: 'keep-first' },
    onProgress,
  });
}

describe('an upload', () => {
  test('is one multipart file with its name, bytes and options', async () => {
    const seen: { request: IncomingMessage; body: Buffer }[] = [];
    const client = await serve(async (request, response) => {
      seen.push({ request, body: await buffer(request) });
      response.writeHead(202).end('{"id":"7"}');
    });
    const content = 'id|name\n1|Zoë\n';
    const progress: number[] = [];
    const accepted = await upload(client, file('a "b".csv', content), (sent) => progress.push(sent));
    expect(accepted).toEqual({ id: '7' });
    const { request, body } = seen[0]!;
    expect(request.url).toBe('/acme_orders/api/v1/imports?onDuplicate=keep-first');
    expect(request.headers['accept-language']).toBe('es');
    expect(Number(request.headers['content-length'])).toBe(body.length);
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': request.headers['content-type']! },
    }).formData();
    const part = form.get('file') as File;
    expect([part.name, await part.text()]).toEqual(['a "b".csv', content]);
    expect(progress.at(-1)).toBe(Buffer.byteLength(content));
  });

  test('that is refused half-way shows the refusal, not a broken connection', async () => {
    const client = await serve((request, response) => {
      response.writeHead(413).end('{"title":"Too large","detail":"At most 1 MB."}');
      request.resume();
    });
    await expect(upload(client, file('big.csv', Buffer.alloc(30_000_000, 'x')))).rejects.toMatchObject({
      code: 'import.refused',
      params: { status: '413', title: 'Too large', detail: 'At most 1 MB.' },
    });
  });

  test('that is refused names every field at fault', async () => {
    const client = await serve(async (request, response) => {
      await buffer(request);
      const errors = [{ field: 'delimiter', message: 'is too long' }];
      response.writeHead(400).end(JSON.stringify({ title: 'Bad request', detail: 'See errors.', errors }));
    });
    const refused = upload(client, file('a.csv', 'id\n'));
    await expect(refused).rejects.toThrow('Bad request (400)\nSee errors.\n  delimiter: is too long');
  });

  test('that breaks off half-way says so', async () => {
    const client = await serve((request) => void request.destroy());
    const path = file('big.csv', Buffer.alloc(30_000_000, 'x'));
    await expect(upload(client, path)).rejects.toMatchObject({ code: 'import.broken-off' });
  });

  test('to nobody says so', async () => {
    const client = { ...(await serve(() => {})), base: apiBase('http://127.0.0.1:9') };
    await expect(upload(client, file('a.csv', 'id\n'))).rejects.toMatchObject({ code: 'import.unreachable' });
  });

  test('ends when it is aborted', async () => {
    const stop = new AbortController();
    const client = { ...(await serve(() => stop.abort())), signal: stop.signal };
    await expect(upload(client, file('a.csv', 'id\n'))).rejects.toThrow('aborted');
  });

  test.each([
    ['a file that is missing', '/no/such/file.csv', 'import.file-missing'],
    ['a folder', '/', 'import.no-file'],
  ])('of %s is refused before anything is sent', async (_case, path, code) => {
    await expect(sizeOf(path)).rejects.toMatchObject({ code });
  });
});

describe('the address of a service', () => {
  test.each([
    ['http://127.0.0.1:8089', 'http://127.0.0.1:8089/acme_orders/api/v1'],
    ['http://127.0.0.1:8089/acme_orders/api/v1/', 'http://127.0.0.1:8089/acme_orders/api/v1'],
    ['https://shop.example/behind?x=1', 'https://shop.example/behind/acme_orders/api/v1'],
  ])('%s is completed', (given, base) => {
    expect(apiBase(given).href).toBe(base);
  });

  test.each(['nonsense', 'ftp://a', ''])('"%s" is refused', (given) => {
    expect(() => apiBase(given)).toThrow('is not an address');
  });
});
