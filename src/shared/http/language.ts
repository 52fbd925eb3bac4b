import { APP_INTERCEPTOR } from '@nestjs/core';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { I18nMiddleware, I18nModule, I18nService } from 'nestjs-i18n';
import { IcuTexts } from '../texts.js';
import { LanguageResolver } from './language.resolver.js';

/**
 * nestjs-i18n with texts in ICU, and without its two ways into a request, of which each costs more than a query: the
 * middleware is called by `resolveLanguages` instead, and the interceptor looks for requests that it has passed by.
 *
 * @param path folder of the catalogs
 */
export function languageModule(path: string): DynamicModule {
  const { providers = [], ...module } = I18nModule.forRoot({
    fallbackLanguage: 'en',
    loaderOptions: { path },
    resolvers: [new LanguageResolver()],
    disableMiddleware: true,
  });
  const ours = providers.filter((each) => !('provide' in each) || each.provide !== APP_INTERCEPTOR);
  return { ...module, providers: [...ours, { provide: I18nService, useClass: IcuTexts }] };
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
