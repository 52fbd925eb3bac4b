import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { requestId } from '../../../../src/shared/http/request-id.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const idOf = (url: string, header?: string | string[]): string =>
  requestId({ url, headers: header === undefined ? {} : { 'x-request-id': header } } as unknown as IncomingMessage);

describe('the id of a request', () => {
  it('is that of its header', () => {
    expect(idOf('/', 'order-7_A')).toBe('order-7_A');
    expect(idOf('/?uuid=from-the-query', 'from-the-header')).toBe('from-the-header');
  });

  it('is that of its query where there is no header', () => {
    expect(idOf('/orders?uuid=3f0c9d5e-order-7')).toBe('3f0c9d5e-order-7');
    expect(idOf('/orders?limit=1&uuid=3f0c9d5e-order-7&valid=true')).toBe('3f0c9d5e-order-7');
  });

  it.each(['a'.repeat(8), 'a'.repeat(64)])('is taken with 8 to 64 characters: %s', (id) => {
    expect(idOf('/', id)).toBe(id);
  });

  it.each([
    '',
    'a'.repeat(7),
    'a'.repeat(65),
    'with space',
    'line\nbreak-x',
    'linebreak\n',
    'quote"quote',
    '<script>x',
    '{"json":1}',
    'order.7.8',
    'größer-als',
    '%0d%0aX-Evil',
  ])('is a new one where it is not well formed: %j', (id) => {
    expect(idOf('/', id)).toMatch(UUID);
    expect(idOf(`/?uuid=${id}`)).toMatch(UUID);
  });

  it('is a new one where it is given twice or not at all', () => {
    expect(idOf('/', ['order-number-7', 'order-number-8'])).toMatch(UUID);
    expect(idOf('/?myuuid=order-number-7')).toMatch(UUID);
    expect(idOf('/')).toMatch(UUID);
    expect(idOf('/')).not.toBe(idOf('/'));
    expect(requestId({ headers: {} } as IncomingMessage)).toMatch(UUID);
  });
});
