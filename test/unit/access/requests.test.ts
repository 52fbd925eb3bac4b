import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { readCredentials } from '../../../src/access/credentials.js';
import { isCrossSite } from '../../../src/access/cross-site.js';
import { networkOf } from '../../../src/access/network.js';
import { neededRole } from '../../../src/access/roles.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the credentials of a request', () => {
  it.each([
    ['in the usual form', `Basic ${base64('anna:secret')}`, { name: 'anna', password: 'secret' }],
    ['with the scheme in any case', `bASIC ${base64('anna:secret')}`, { name: 'anna', password: 'secret' }],
    ['with colons in the password', `Basic ${base64('anna:a:b:')}`, { name: 'anna', password: 'a:b:' }],
    ['in UTF-8', `Basic ${base64('zoë:contraseña')}`, { name: 'zoë', password: 'contraseña' }],
    ['with accents of their own', `Basic ${base64('zoe\u0308:n\u0303')}`, { name: 'zo\u00eb', password: '\u00f1' }],
    ['with nothing in them', `Basic ${base64(':')}`, { name: '', password: '' }],
    ['without padding', `Basic ${base64('anna:secret').replace(/=+$/, '')}`, { name: 'anna', password: 'secret' }],
  ])('are read %s', (_case, header, credentials) => {
    expect(readCredentials(header)).toEqual(credentials);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    `Bearer ${base64('anna:secret')}`,
    `Basic ${base64('anna')}`,
    'Basic a b',
    'Basic \u00e4',
  ])('are not there: %s', (header) => {
    expect(readCredentials(header)).toBeNull();
  });
});

describe('the role that a request needs', () => {
  const needed = (method: string, url: string | undefined, access?: 'importer' | 'everybody'): string =>
    neededRole({
      is404: url === undefined,
      method,
      routeOptions: { url, config: { access } },
    } as unknown as FastifyRequest);

  it('is what its route says, or else goes by its method', () => {
    expect(needed('POST', '/imports', 'importer')).toBe('importer');
    expect(needed('GET', '/health/live', 'everybody')).toBe('everybody');
    expect(needed('GET', '/orders')).toBe('viewer');
    expect(needed('HEAD', '/orders')).toBe('viewer');
    expect(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map((method) => needed(method, '/orders'))).toEqual(
      Array.from({ length: 5 }, () => 'admin'),
    );
  });

  it('is admin in the area of admins, whatever a route says', () => {
    expect(needed('GET', '/acme_orders/admin/queues')).toBe('admin');
    expect(needed('GET', '/acme_orders/admin/queues/static/*', 'everybody')).toBe('admin');
    expect(needed('GET', '/acme_orders/administration')).toBe('viewer');
  });

  it('is viewer where there is no such route', () => {
    expect(needed('DELETE', undefined)).toBe('viewer');
  });
});

describe('a request of another site', () => {
  const trusted = new Set(['https://shop.example']);
  const judged = (method: string, headers: Record<string, string>): boolean =>
    isCrossSite({ method, headers, host: 'orders.example:8089' }, trusted);

  it.each([
    ['by a link', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 'GET'],
    ['by a program', {}, 'POST'],
    ['by our page', { 'sec-fetch-site': 'same-origin', origin: 'http://orders.example:8089' }, 'POST'],
    ['by the address bar', { 'sec-fetch-site': 'none' }, 'POST'],
    ['by our page in a browser that says little', { origin: 'http://orders.example:8089' }, 'POST'],
    ['by a page that is trusted', { 'sec-fetch-site': 'cross-site', origin: 'https://shop.example' }, 'DELETE'],
  ])('is none where it was sent %s', (_case, headers, method) => {
    expect(judged(method, headers)).toBe(false);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['another site that hides', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour', { 'sec-fetch-site': 'same-site', origin: 'https://other.example' }],
    ['another origin in a browser that says little', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://orders.example:9000' }],
    ['a sandbox', { origin: 'null' }],
    ['something unheard of', { 'sec-fetch-site': 'same-origin, cross-site' }],
  ])('is found where it was sent by %s', (_case, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) expect(judged(method, headers)).toBe(true);
  });
});

describe('an address counts', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
