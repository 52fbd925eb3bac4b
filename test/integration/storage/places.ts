import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateBucketCommand, DeleteBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { vi } from 'vitest';

/** An empty place of one kind of storage. */
export interface Place {
  /** As STORAGE_URL has it. */
  readonly url: string;
  /** Everything in the place, unfinished writes included. */
  contents(): Promise<string[]>;
}

/** A folder of its own, removed by `close`. */
export async function filePlace() {
  const folder = await mkdtemp(join(tmpdir(), 'acme-storage-'));
  return {
    url: `file:${folder}`,
    folder,
    contents: () => readdir(folder),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Answers a request instead of the S3 server if it wants to; says whether it did. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** An S3 server in this process and the environment that leads the SDK to it, until `close`. */
export async function s3Place() {
  const server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  const front = await startFront(server.port);
  vi.stubEnv('AWS_ENDPOINT_URL_S3', front.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_REGION', 'us-east-1');
  const client = new S3Client({ forcePathStyle: true, endpoint: `http://127.0.0.1:${server.port}` });
  await client.send(new CreateBucketCommand({ Bucket: 'uploads' }));
  return {
    url: 's3://uploads/acme',
    intercept: (next: Intercept) => front.intercept(next),
    contents: () => bucketContents(client),
    async close() {
      client.destroy();
      front.close();
      await server.stop();
      vi.unstubAllEnvs();
    },
  };
}

/** The objects, and whether the server holds a multipart upload: it deletes a bucket only when there is none. */
async function bucketContents(client: S3Client): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'uploads' }));
  if (Contents.length > 0) return Contents.map(({ Key }) => Key!);
  try {
    await client.send(new DeleteBucketCommand({ Bucket: 'uploads' }));
  } catch {
    return ['a multipart upload'];
  }
  await client.send(new CreateBucketCommand({ Bucket: 'uploads' }));
  return [];
}

/** A server before the S3 server that can fail as real ones do. */
async function startFront(port: number) {
  let intercept: Intercept | undefined;
  const front = createServer((incoming, answer) => {
    if (intercept?.(incoming, answer)) return;
    const { method, url, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode!, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    intercept(next: Intercept) {
      intercept = next;
    },
    close() {
      front.close();
      front.closeAllConnections();
    },
  };
}
