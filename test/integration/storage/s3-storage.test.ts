import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { openStorage, StorageFull, StorageUnusable } from '../../../src/shared/storage/index.js';
import { bytesOf, inPieces, MIB, stored, thenSilence } from './content.js';
import { s3Place, type Intercept } from './places.js';

let place: Awaited<ReturnType<typeof s3Place>>;

beforeEach(async () => {
  place = await s3Place();
});
afterEach(() => place.close());

const isGet = ({ method, headers }: IncomingMessage) => method === 'GET' && headers.range !== undefined;
const isPart = ({ method, url }: IncomingMessage) => method === 'PUT' && url!.includes('partNumber=');

describe('the storage in S3', () => {
  it('puts its objects under the prefix, or at the top of the bucket without one', async () => {
    await openStorage(place.url).write('key', inPieces(Buffer.from('x')));
    expect(await place.contents()).toEqual(['acme/key']);
    await openStorage('s3://uploads').write('top', inPieces(Buffer.from('x')));
    await openStorage('s3://uploads/a/b/').write('deep', inPieces(Buffer.from('x')));
    expect(await place.contents()).toEqual(['a/b/deep', 'acme/key', 'top']);
  });

  it('removes the parts of a large upload that is killed on its way', async () => {
    const cancel = new AbortController();
    let parts = 0;
    place.intercept((request) => {
      if (isPart(request)) parts += 1;
      return false;
    });
    const content = thenSilence(randomBytes(25 * MIB), () => {});
    const writing = openStorage(place.url).write('killed', content, cancel.signal);
    await vi.waitFor(() => expect(parts).toBe(2), { timeout: 10_000 });
    expect(await place.contents()).toEqual(['a multipart upload']);
    cancel.abort(new Error('killed'));
    await expect(writing).rejects.toThrow('killed');
    expect(await place.contents()).toEqual([]);
  });

  it('removes the parts of a large upload when S3 refuses one', async () => {
    place.intercept((request, response) => isPart(request) && refuse(response, 403, 'AccessDenied'));
    const writing = openStorage(place.url).write('refused', inPieces(randomBytes(25 * MIB)));
    await expect(writing).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await place.contents()).toEqual([]);
  });

  it('says that S3 is full', async () => {
    place.intercept((request, response) => request.method === 'PUT' && refuse(response, 507, 'InsufficientStorage'));
    const writing = openStorage(place.url).write('full', inPieces(randomBytes(MIB)));
    await expect(writing).rejects.toThrow(StorageFull);
    expect(await place.contents()).toEqual([]);
  });

  it('asks again for a range whose answer breaks off, and only for that', async () => {
    const { content, object } = await stored(place.url, 'broken', 20);
    const ranges: string[] = [];
    place.intercept((request, response) => {
      if (!isGet(request)) return false;
      ranges.push(request.headers.range!);
      if (ranges.length !== 2) return false;
      response.writeHead(206, { 'content-length': 8 * MIB, etag: object.version });
      response.write(randomBytes(MIB), () => response.destroy());
      return true;
    });
    expect((await bytesOf(place.url, object)).equals(content)).toBe(true);
    expect(ranges.map((range) => /\d+/.exec(range)![0])).toEqual(['0', 8 * MIB, 8 * MIB, 16 * MIB].map(String));
  });

  it('gives up on a range whose answer breaks off three times', async () => {
    const { object } = await stored(place.url, 'always-broken', 1);
    let asked = 0;
    place.intercept((request, response) => {
      if (!isGet(request)) return false;
      asked += 1;
      response.writeHead(206, { 'content-length': MIB });
      response.write('begun', () => response.destroy());
      return true;
    });
    await expect(bytesOf(place.url, object)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(asked).toBe(3);
  });

  it('says at its check that there is no such bucket', async () => {
    const checking = openStorage('s3://nowhere/acme').check();
    await expect(checking).rejects.toThrow(StorageUnusable);
    await expect(checking).rejects.toThrow(/The storage s3:\/\/nowhere\/acme cannot be used: .*bucket does not exist/);
  });

  it('says at its check that the region is missing', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    await expect(openStorage(place.url).check()).rejects.toThrow(/cannot be used: Region is missing/);
  });
});

function refuse(response: Parameters<Intercept>[1], status: number, code: string): true {
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
  return true;
}
