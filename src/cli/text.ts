import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const LANGUAGES = ['en', 'pt-BR', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Values for the `{name}` places of a text. Numbers are written as the language writes them. */
export type Params = Readonly<Record<string, string | number>>;

/** The texts of the programs in one language. */
export interface Text {
  /** The text of a key such as `start.ready`; the English one where the language lacks it, else the key. */
  (key: string, params?: Params): string;
  readonly language: Language;
  number(value: number): string;
  /** A share from 0 to 1 as a percentage. */
  percent(share: number): string;
}

/** Tells the person at the terminal something, in their language. */
export type Say = (key: string, params?: Params) => void;

type Catalog = { readonly [key: string]: string | Catalog };

const CATALOGS = join(import.meta.dirname, '..', '..', 'i18n');

/** The language asked for, else that of the locale variables by their POSIX precedence, else English. */
export function languageOf(env: NodeJS.ProcessEnv, wanted?: string): Language {
  const locale = wanted || env.LC_ALL || env.LC_MESSAGES || env.LANG || 'en';
  if (/^pt/i.test(locale)) return 'pt-BR';
  return /^es/i.test(locale) ? 'es' : 'en';
}

/** The texts of `i18n/<language>/cli.json`. */
export function textIn(language: Language): Text {
  const catalogs = [readCatalog(language), readCatalog('en')];
  const find = (key: string) => catalogs.map((catalog) => lookUp(catalog, key)).find((text) => text !== undefined);
  const number = (value: number) => new Intl.NumberFormat(language, { useGrouping: 'always' }).format(value);
  const text = (key: string, params: Params = {}) => fill(find(key) ?? key, params, number);
  const percent = (share: number) =>
    new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(share);
  return Object.assign(text, { language, number, percent });
}

function readCatalog(language: Language): Catalog {
  return JSON.parse(readFileSync(join(CATALOGS, language, 'cli.json'), 'utf8')) as Catalog;
}

function lookUp(catalog: Catalog, key: string): string | undefined {
  let at: string | Catalog | undefined = catalog;
  for (const part of key.split('.')) at = typeof at === 'object' ? at[part] : undefined;
  return typeof at === 'string' ? at : undefined;
}

function fill(template: string, params: Params, number: (value: number) => string): string {
  return template.replaceAll(/\{(\w+)\}/g, (place, name: string) => {
    const value = params[name];
    if (value === undefined) return place;
    return typeof value === 'number' ? number(value) : value;
  });
}
