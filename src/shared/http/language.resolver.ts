import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { I18nResolver } from 'nestjs-i18n';
import Negotiator from 'negotiator';
import { LANGUAGES, nearestLanguage, type Language } from '../languages.js';

/** Headers that are remembered, and their longest: browsers and programs send few and short ones. */
const REMEMBERED = 500;
const LONGEST_REMEMBERED = 200;

/** The language of a request: that of `?lang=`, else that of `Accept-Language`; undefined where there are no texts. */
@Injectable()
export class LanguageResolver implements I18nResolver {
  private readonly known = new Map<string, Language | undefined>();

  resolve(context: ExecutionContext): Language | undefined {
    const request = context.switchToHttp().getRequest<IncomingMessage & { query?: { lang?: unknown } }>();
    const lang = request.query?.lang;
    const named = typeof lang === 'string' ? nearestLanguage(lang) : undefined;
    return named ?? this.remembered(request.headers['accept-language']);
  }

  private remembered(accepts: string | undefined): Language | undefined {
    if (accepts === undefined) return undefined;
    if (this.known.has(accepts)) return this.known.get(accepts);
    const language = acceptedLanguage(accepts);
    if (this.known.size >= REMEMBERED) this.known.clear();
    if (accepts.length <= LONGEST_REMEMBERED) this.known.set(accepts, language);
    return language;
  }
}

/**
 * The language that an `Accept-Language` likes best (RFC 9110, section 12.5.4), each of its ranges looked up as
 * RFC 4647, section 3.4 does, and then by its kind. Undefined where it takes none of ours.
 */
export function acceptedLanguage(accepts: string): Language | undefined {
  // Whatever is not named is taken last, so that only what has a weight of 0 is missing.
  const allowed = negotiated(`${accepts}, *;q=0.001`, LANGUAGES);
  for (const range of negotiated(accepts)) {
    const language = range === '*' ? negotiated(accepts, LANGUAGES)[0] : nearestLanguage(range);
    if (language && allowed.includes(language)) return language as Language;
  }
  return undefined;
}

const negotiated = (accepts: string, available?: readonly string[]): string[] =>
  new Negotiator({ headers: { 'accept-language': accepts } }).languages(available && [...available]);
