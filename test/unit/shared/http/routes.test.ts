import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { allowedMethods, noteRoutes } from '../../../../src/shared/http/routes.js';

/** A server with these routes, as `GET /path`. */
function serverWith(...routes: readonly string[]): FastifyInstance {
  const server = new FastifyAdapter().getInstance();
  noteRoutes(server);
  for (const route of routes) {
    const [methods, url] = route.split(' ') as [string, string];
    server.route({ method: methods.split(','), url, handler: async () => null });
  }
  return server;
}

describe('the methods that a path answers to', () => {
  const server = serverWith(
    'GET /imports',
    'POST /imports',
    'GET /imports/:id',
    'GET /imports/:id/rejects',
    'PUT,POST /orders/import',
    'GET /orders/:id',
    'POST /orders/stats.all',
    'GET /assets/*',
    'OPTIONS *',
  );

  it.each([
    ['/imports', ['GET', 'HEAD', 'POST']],
    ['/imports/', ['GET', 'HEAD', 'POST']],
    ['/imports/1', ['GET', 'HEAD']],
    ['/imports/1/rejects', ['GET', 'HEAD']],
    ['/orders/import', ['GET', 'HEAD', 'POST', 'PUT']],
    ['/orders/7', ['GET', 'HEAD']],
    ['/orders/stats.all', ['GET', 'HEAD', 'POST']],
    ['/orders/statsxall', ['GET', 'HEAD']],
    ['/assets/a/b.css', ['GET', 'HEAD']],
  ])('%s are named once each, in order', (path, methods) => {
    expect(allowedMethods(server, path)).toEqual(methods);
  });

  it.each(['/', '', '/import', '/imports/1/2', '/imports//rejects', '/imports/1/rejects/2', '/IMPORTS', '/x/imports'])(
    'are none where there is no route: %j',
    (path) => {
      expect(allowedMethods(server, path)).toEqual([]);
    },
  );

  it('are those of the server that was asked', () => {
    const other = serverWith('DELETE /imports');
    expect(allowedMethods(other, '/imports')).toEqual(['DELETE']);
    expect(allowedMethods(new FastifyAdapter().getInstance(), '/imports')).toEqual([]);
  });
});
