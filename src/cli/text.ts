import { catalogOf, textAt } from '../shared/catalogs.js';
import { LANGUAGES, nearestLanguage, type Language } from '../shared/languages.js';
import { formatMessage } from '../shared/message-format.js';

export { LANGUAGES, type Language };

/** Values for the parameters of a text. */
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

/** The language asked for, else that of the locale variables by their POSIX precedence, else English. */
export function languageOf(env: NodeJS.ProcessEnv, wanted?: string): Language {
  const locale = wanted || env.LC_ALL || env.LC_MESSAGES || env.LANG || 'en';
  return nearestLanguage(locale) ?? 'en';
}

/** The texts of `i18n/<language>/cli.json`. */
export function textIn(language: Language): Text {
  const catalogs = [catalogOf(language, 'cli'), catalogOf('en', 'cli')];
  const find = (key: string) => catalogs.map((catalog) => textAt(catalog, key)).find((text) => text !== undefined);
  const text = (key: string, params: Params = {}) => formatMessage(language, find(key) ?? key, params);
  const numbers = new Intl.NumberFormat(language);
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  return Object.assign(text, {
    language,
    number: (value: number) => numbers.format(value),
    percent: (share: number) => percents.format(share),
  });
}
