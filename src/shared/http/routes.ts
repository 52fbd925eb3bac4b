import type { FastifyInstance } from 'fastify';

interface NotedRoutes {
  readonly patterns: { method: string; pattern: RegExp }[];
  readonly words: Set<string>;
}

const ROUTES = new WeakMap<FastifyInstance, NotedRoutes>();

/** Notes every route of the server as it is added. To be called before the first. */
export function noteRoutes(server: FastifyInstance): void {
  const routes: NotedRoutes = { patterns: [], words: new Set() };
  ROUTES.set(server, routes);
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.patterns.push({ method: each, pattern: patternOf(url) });
    for (const part of url.split('/')) if (!/[:*]/.test(part)) routes.words.add(part);
  });
}

/** The methods that a path answers to; empty for an unknown path. */
export function allowedMethods(server: FastifyInstance, path: string): string[] {
  const matching = (ROUTES.get(server)?.patterns ?? []).filter(({ pattern }) => pattern.test(path));
  return [...new Set(matching.map(({ method }) => method))].toSorted();
}

const NONE: ReadonlySet<string> = new Set();

/** Every part of a route that is no parameter, such as `orders`. */
export const wordsOfRoutes = (server: FastifyInstance): ReadonlySet<string> => ROUTES.get(server)?.words ?? NONE;

/** `/orders/:id` as a pattern. A wildcard alone stands for no route of ours. */
function patternOf(url: string): RegExp {
  if (url === '*' || url === '/*') return /(?!)/;
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}/?$`);
}
