import type { FastifyRequest } from 'fastify';

/** What users may do. Each can what those before it can. */
export const ROLES = ['viewer', 'importer', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Whether who has a role may do what needs another. */
export const includes = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Who is behind a request. */
export interface User {
  readonly name: string;
  readonly role: Role;
}

/** Where everything is for admins, whoever made it. */
const ADMIN_AREA = /^\/acme_orders\/admin(\/|$)/;
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** The role that a route needs which says nothing itself: reading is for viewers, everything else for admins. */
export const defaultRole = (method: string): Role => (SAFE_METHODS.includes(method.toUpperCase()) ? 'viewer' : 'admin');

/**
 * The role that a request needs. It goes by the route that was found, never by the address as it was written, which may
 * be written in many ways.
 */
export function neededRole({ is404, routeOptions, method }: FastifyRequest): Role | 'everybody' {
  // Whoever may read may know that there is nothing.
  if (is404) return 'viewer';
  if (ADMIN_AREA.test(routeOptions.url ?? '')) return 'admin';
  return routeOptions.config.access ?? defaultRole(method);
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who signed in; null where nobody had to. */
    user: User | null;
  }
  interface FastifyContextConfig {
    /** Who may use the route. */
    access?: Role | 'everybody';
  }
}
