import { APP_INTERCEPTOR } from '@nestjs/core';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { I18nMiddleware, I18nModule, type I18nOptions } from 'nestjs-i18n';

/**
 * nestjs-i18n without its two ways into a request, of which each costs more than a query: the middleware is called by
 * `resolveLanguages` instead, and the interceptor looks for requests that it has passed by.
 */
export function languageModule(options: I18nOptions): DynamicModule {
  const { providers = [], ...module } = I18nModule.forRoot({ ...options, disableMiddleware: true });
  return { ...module, providers: providers.filter((each) => !('provide' in each) || each.provide !== APP_INTERCEPTOR) };
}

/** Finds out the language of every request first of all. To be called before the application has its routes. */
export function resolveLanguages(server: FastifyInstance, app: INestApplicationContext): void {
  const middleware = app.get(I18nMiddleware);
  server.addHook('onRequest', (request, reply, done) => {
    const raw = Object.assign(request.raw, { query: request.query });
    // It only looks at headers and the query, and fails as little as they do.
    void middleware.use(raw, reply.raw, done);
  });
}
