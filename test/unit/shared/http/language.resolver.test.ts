import type { ExecutionContext } from '@nestjs/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptedLanguage, LanguageResolver } from '../../../../src/shared/http/language.resolver.js';
import { LANGUAGES, nearestLanguage } from '../../../../src/shared/languages.js';

const resolver = new LanguageResolver();
const resolve = (accepts: string | undefined, lang?: unknown): string | undefined => {
  const request = { headers: { 'accept-language': accepts }, query: { lang } };
  return resolver.resolve({ switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext);
};

describe('the language that a header accepts', () => {
  it.each([
    // RFC 9110, section 12.5.4, and its own example.
    ['da, en-gb;q=0.8, en;q=0.7', 'en'],
    ['es', 'es'],
    ['ES', 'es'],
    ['pt-BR', 'pt-BR'],
    ['PT-br', 'pt-BR'],
    // The order counts where weights are equal, the weight where they are not; 1 is that of a range without one.
    ['es, pt-BR', 'es'],
    ['pt-BR, es', 'pt-BR'],
    ['pt-PT, es', 'pt-BR'],
    ['es-MX, pt-BR', 'es'],
    ['es;q=0.5, pt-BR', 'pt-BR'],
    ['en;q=0.2, es;q=0.8, pt;q=0.5', 'es'],
    ['de-CH;q=.3, en;q=.2', 'en'],
    ['es;q=0.001, en;q=0', 'es'],
    ['es ; q = 0.5 , en;q=0.1', 'es'],
    ['es;level=1;q=0.1, en;q=0.2', 'en'],
    // What is of the same kind is found, in both directions (RFC 4647, section 3.4).
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['es-MX', 'es'],
    ['es-Latn-419', 'es'],
    ['en-GB-oxendict', 'en'],
    // A weight of 0 excludes, the more specific range before the other.
    ['es;q=0, en;q=0.1', 'en'],
    ['en;q=0, *', 'pt-BR'],
    ['en;q=0, pt;q=0, *;q=0.1', 'es'],
    ['pt-BR;q=0, pt', undefined],
    ['pt;q=0, pt-PT, es;q=0.1', 'es'],
    ['es;q=0.0, es-MX, pt;q=0.3', 'pt-BR'],
    ['en;q=0', undefined],
    // Anything is English, unless others are liked better.
    ['*', 'en'],
    ['fr, *;q=0.5', 'en'],
    ['fr, es;q=0.4, *;q=0.5', 'en'],
    ['es;q=0.6, *;q=0.5', 'es'],
    ['*;q=0', undefined],
    // What there are no texts in, or is nonsense, is passed over.
    ['fr', undefined],
    ['fr, tlh;q=0.9, es;q=0.1', 'es'],
    ['', undefined],
    [',,,', undefined],
    ['xx-YY;q=abc,,;=;', undefined],
    ['es;q=abc, pt', 'pt-BR'],
    ['"', undefined],
    ['../../en', undefined],
    ['espanol', undefined],
    ['en'.repeat(3_000), undefined],
  ])('%s is %s', (accepts, language) => {
    expect(acceptedLanguage(accepts)).toBe(language);
  });

  it('is one of ours or none, whatever it says', () => {
    const header = fc.oneof(
      fc.string({ maxLength: 300 }),
      fc.string({ unit: fc.constantFrom(...'enpts-BR;q=0.1,* ') }),
    );
    fc.assert(
      fc.property(header, (accepts) => {
        expect([...LANGUAGES, undefined]).toContain(acceptedLanguage(accepts));
      }),
    );
  });

  it('is the one with the greatest weight', () => {
    const weights = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(weights, (thousandths) => {
        const header = LANGUAGES.map((language, at) => `${language};q=${thousandths[at]! / 1000}`).join(', ');
        expect(acceptedLanguage(header)).toBe(LANGUAGES[thousandths.indexOf(Math.max(...thousandths))]);
      }),
    );
  });
});

describe('the language of a request', () => {
  it.each([
    ['es', 'pt-BR', 'pt-BR'],
    ['es', 'pt-PT', 'pt-BR'],
    ['es', 'EN', 'en'],
    ['es', 'fr', 'es'],
    ['es', '', 'es'],
    ['es', ['en', 'pt'], 'es'],
    ['es', { toString: 'en' }, 'es'],
    ['es', undefined, 'es'],
    [undefined, 'fr', undefined],
    [undefined, undefined, undefined],
  ])('that accepts %s and names %j is %s', (accepts, lang, language) => {
    expect(resolve(accepts, lang)).toBe(language);
  });

  it('is the same when it is asked for again, and after many others', () => {
    expect(resolve('pt;q=0.5, es')).toBe('es');
    for (let weight = 0; weight < 1_100; weight++) resolve(`en;q=0.${weight}`);
    expect(resolve('pt;q=0.5, es')).toBe('es');
    expect(resolve('fr')).toBeUndefined();
    expect(resolve('fr')).toBeUndefined();
  });
});

describe('the language of a tag', () => {
  it.each([
    ['pt', 'pt-BR'],
    ['es_MX.UTF-8', 'es'],
    ['pt_BR@euro', 'pt-BR'],
    ['C.UTF-8', undefined],
    ['espanol', undefined],
    ['', undefined],
  ])('%s is %s', (tag, language) => {
    expect(nearestLanguage(tag)).toBe(language);
  });
});
