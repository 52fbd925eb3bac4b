import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { linkNext } from '../../../../src/shared/http/paging.js';

/** The header `Link` of the answer to a request. */
async function linkOf(url: string, next: string | null): Promise<unknown> {
  const server = new FastifyAdapter().getInstance();
  server.get('/orders', async (_request, reply) => {
    linkNext(reply, next);
    return null;
  });
  const { headers } = await server.inject(url);
  return headers.link;
}

describe('the link to the next page', () => {
  it('is the same address with the next cursor', async () => {
    expect(await linkOf('/orders', 'abc')).toBe('</orders?cursor=abc>; rel="next"');
    expect(await linkOf('/orders?valid=false&limit=7', 'abc')).toBe(
      '</orders?valid=false&limit=7&cursor=abc>; rel="next"',
    );
  });

  it('has one cursor and no offset', async () => {
    expect(await linkOf('/orders?cursor=old&offset=20', 'new')).toBe('</orders?cursor=new>; rel="next"');
  });

  it('can hold nothing that breaks out of it', async () => {
    expect(await linkOf('/orders?email=%3E%0D%0Ax%22', 'a')).toBe('</orders?email=%3E%0D%0Ax%22&cursor=a>; rel="next"');
  });

  it('is not there on the last page', async () => {
    expect(await linkOf('/orders', null)).toBeUndefined();
  });
});
