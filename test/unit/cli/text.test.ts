import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGES, languageOf, textIn, type Language } from '../../../src/cli/text.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

const texts = (language: Language): Map<string, string> => {
  const flatten = (value: unknown, path: string): [string, string][] =>
    typeof value === 'string'
      ? [[path, value]]
      : Object.entries(value as object).flatMap(([key, inner]) => flatten(inner, path ? `${path}.${key}` : key));
  return new Map(flatten(JSON.parse(readFileSync(join(ROOT, 'i18n', language, 'cli.json'), 'utf8')), ''));
};

const places = (text: string | undefined) => [...(text ?? '').matchAll(/\{\w+\}/g)].map(String).toSorted();

describe('the language of the programs', () => {
  test.each([
    [{ LANG: 'pt_BR.UTF-8' }, 'pt-BR'],
    [{ LANG: 'pt_PT' }, 'pt-BR'],
    [{ LC_ALL: 'es_MX.UTF-8', LANG: 'pt_BR' }, 'es'],
    [{ LC_MESSAGES: 'es', LANG: 'de_DE' }, 'es'],
    [{ LC_ALL: '', LANG: 'es_ES' }, 'es'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{}, 'en'],
  ] as const)('follows the locale %o to %s', (env, language) => {
    expect(languageOf(env)).toBe(language);
  });

  test('is the one asked for before that of the locale', () => {
    expect(languageOf({ LANG: 'es_ES' }, 'pt-BR')).toBe('pt-BR');
  });
});

describe('a text', () => {
  test('has its values in their places, numbers as the language writes them', () => {
    expect(textIn('pt-BR')('demo.generating', { orders: 100_000, path: 'a.csv' })).toContain(
      '100.000 pedidos em a.csv',
    );
  });

  test('is its key where no catalog has it', () => {
    expect(textIn('es')('no.such-key')).toBe('no.such-key');
  });
});

describe('the catalogs', () => {
  const english = texts('en');

  test.each(LANGUAGES)('have every text with the same values in %s', (language) => {
    const translated = texts(language);
    expect([...translated.keys()]).toEqual([...english.keys()]);
    for (const [key, text] of english) expect([key, places(translated.get(key))]).toEqual([key, places(text)]);
  });

  test('have every text that the programs use', () => {
    const keys = Object.keys(JSON.parse(readFileSync(join(ROOT, 'i18n/en/cli.json'), 'utf8')) as object).join('|');
    const used = readdirSync(join(ROOT, 'src/cli'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(join(ROOT, 'src/cli', file), 'utf8').matchAll(new RegExp(`'((?:${keys})\\.[a-z-]+)'`, 'g')),
      ])
      .map((match) => match[1]!);
    expect(used.length).toBeGreaterThan(50);
    expect(used.filter((key) => !english.has(key))).toEqual([]);
  });
});
