import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { I18nResolver, I18nService } from 'nestjs-i18n';

/**
 * The language of `?lang=`: the one that is named, or else one of its kind (`pt` and `pt-PT` find `pt-BR`). Undefined
 * where there are no texts in it, so that an answer never claims a language that it does not have.
 */
@Injectable()
export class QueryLanguageResolver implements I18nResolver {
  resolve(context: ExecutionContext): string | undefined {
    const { query, i18nService } = context
      .switchToHttp()
      .getRequest<{ query?: { lang?: unknown }; i18nService: I18nService }>();
    if (typeof query?.lang !== 'string') return undefined;
    const wanted = query.lang.toLowerCase();
    const known = i18nService.getSupportedLanguages();
    return known.find((each) => each.toLowerCase() === wanted) ?? known.find((each) => kind(each) === kind(wanted));
  }
}

const kind = (language: string): string => language.split('-')[0]!.toLowerCase();
