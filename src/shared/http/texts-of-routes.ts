import { addRouteConfig } from './route-config.js';
import type { FastifyRequest } from 'fastify';
import { API_PATH } from './api-path.js';

/** Marks a route whose answers, but for errors, hold no text for people: they are the same in every language. */
export const NoTexts = (): MethodDecorator => addRouteConfig({ hasNoTexts: true });

/** Whether the answers of a route depend on the language of the request: those of the API that are not marked. */
export function hasTexts({ routeOptions }: FastifyRequest): boolean {
  const { hasNoTexts } = routeOptions.config as { hasNoTexts?: boolean };
  return !hasNoTexts && routeOptions.url?.startsWith(`/${API_PATH}/`) === true;
}
