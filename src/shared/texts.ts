import { Injectable } from '@nestjs/common';
import { I18nService, type TranslateOptions } from 'nestjs-i18n';
import { formatMessage } from './message-format.js';

/**
 * The texts of the catalogs, for people. It stands in for the service of nestjs-i18n, whose formatter is not told the
 * language, and which would take `$t(…)` in a value of a client for a reference to another text.
 */
@Injectable()
export class IcuTexts extends I18nService {
  override translate(key: string, options: TranslateOptions = {}): never {
    const { lang = 'en', args } = options;
    const text: unknown = super.translate(key as never, { lang });
    // The type of a text is that of its key, and the keys are not known to the compiler.
    return (typeof text === 'string' ? formatMessage(lang, text, args as Record<string, unknown>) : text) as never;
  }
}
