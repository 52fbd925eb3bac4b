import type { FastifyInstance } from 'fastify';

const ROUTES = new WeakMap<FastifyInstance, { method: string; pattern: RegExp }[]>();

/** Notes every route of the server as it is added. To be called before the first. */
export function noteRoutes(server: FastifyInstance): void {
  const routes: { method: string; pattern: RegExp }[] = [];
  ROUTES.set(server, routes);
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, pattern: patternOf(url) });
  });
}

/** The methods that a path answers to; empty for an unknown path. */
export function allowedMethods(server: FastifyInstance, path: string): string[] {
  const matching = (ROUTES.get(server) ?? []).filter(({ pattern }) => pattern.test(path));
  return [...new Set(matching.map(({ method }) => method))].toSorted();
}

/** `/orders/:id` as a pattern. A wildcard alone stands for no route of ours. */
function patternOf(url: string): RegExp {
  if (url === '*' || url === '/*') return /(?!)/;
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}/?$`);
}
