import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { varyOn } from '../../../../src/shared/http/vary.js';

/** What `Vary` is after names were added to it. */
function varied(present: string | string[] | undefined, ...names: string[]): unknown {
  let value: unknown = present;
  const reply = { getHeader: () => value, header: (_name: string, set: unknown) => (value = set) };
  varyOn(reply as unknown as FastifyReply, ...names);
  return value;
}

describe('the header Vary', () => {
  it.each([
    [undefined, ['Accept-Language'], 'Accept-Language'],
    ['', ['Accept-Language'], 'Accept-Language'],
    ['Accept', ['Accept-Language'], 'Accept, Accept-Language'],
    ['accept-encoding,Prefer', ['Accept-Language', 'Origin'], 'accept-encoding, Prefer, Accept-Language, Origin'],
    [['Origin', 'Accept'], ['Accept-Language'], 'Origin, Accept, Accept-Language'],
    ['accept-language', ['Accept-Language'], 'accept-language'],
    ['*', ['Accept-Language'], '*'],
  ])('%j with %j is %j', (present, names, all) => {
    expect(varied(present, ...names)).toBe(all);
  });
});
