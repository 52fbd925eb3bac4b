import type { FastifyRequest } from 'fastify';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a page of another origin had a browser send this to change something: browsers send the password of this
 * service along. Decided as Go's `http.CrossOriginProtection` does; what is no browser passes.
 *
 * @param trusted origins whose pages may do so
 * @see https://pkg.go.dev/net/http#CrossOriginProtection
 */
export function isCrossSite(
  { method, headers, host }: Pick<FastifyRequest, 'method' | 'headers' | 'host'>,
  trusted: ReadonlySet<string>,
): boolean {
  if (SAFE_METHODS.has(method)) return false;
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && trusted.has(origin)) return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && hostOf(origin) !== host.toLowerCase();
}

/** The host of an origin with its port where that is not the usual one; null for an origin that is none. */
const hostOf = (origin: string): string | null => (URL.canParse(origin) ? new URL(origin).host : null);
