import { IntlMessageFormat, type Formatters } from 'intl-messageformat';

type Values = Readonly<Record<string, unknown>>;
type Format = (values: Values) => string;
type Part = ReturnType<IntlMessageFormat['getAst']>[number];

/** Counts below this one are remembered as they are written. */
const REMEMBERED = 10_000;

/** Each message of the catalogs is read once; there are no others, so this does not grow. */
const known = new Map<string, { formatters: Formatters; formats: Map<string, Format> }>();

/**
 * A message of the catalogs, in the syntax of ICU MessageFormat, with its parameters filled in. `{name}` shows a value
 * as it is, `{name, number}` and `#` as the language writes numbers. A value is never read as a part of the message.
 * A parameter that is not there shows as a question mark: what an older version kept may lack one. Throws on a message
 * that is not of this syntax.
 */
export function formatMessage(lang: string, message: string, values: Values = {}): string {
  const language = known.get(lang) ?? { formatters: formattersOf(lang), formats: new Map<string, Format>() };
  known.set(lang, language);
  const format = language.formats.get(message) ?? compile(parse(lang, message, language.formatters));
  language.formats.set(message, format);
  return format(values);
}

/** The names of the parameters that a message has places for, each once. */
export const parametersOf = (message: string): string[] => namesIn(parse('en', message, formattersOf('en')).getAst());

const parse = (lang: string, message: string, formatters: Formatters): IntlMessageFormat =>
  new IntlMessageFormat(message, lang, undefined, { ignoreTag: true, formatters });

function compile(parsed: IntlMessageFormat): Format {
  const names = namesIn(parsed.getAst());
  if (names.length === 0) {
    const text = String(parsed.format());
    return () => text;
  }
  return (values) => {
    const filled: Record<string, string | number> = {};
    for (const name of names) filled[name] = valueOf(values, name);
    const text = parsed.format<never>(filled) as string;
    return names.some((name) => filled[name] === '?') ? text.replaceAll('NaN', '?') : text;
  };
}

function valueOf(values: Values, name: string): string | number {
  const value = Object.hasOwn(values, name) ? (values[name] ?? '?') : '?';
  return typeof value === 'number' ? value : String(value as string | boolean);
}

function namesIn(parts: readonly Part[]): string[] {
  const names = parts.flatMap((part) => {
    const own = 'options' in part || ('value' in part && part.type !== 0) ? [part.value as string] : [];
    const inner = 'options' in part ? Object.values(part.options).flatMap(({ value }) => namesIn(value)) : [];
    return [...own, ...inner];
  });
  return [...new Set(names)];
}

/**
 * What writes numbers and chooses plural forms in a language. The library's own looks each up by the JSON of its
 * options, which takes longer than all else when a file of rejects is put into words.
 */
function formattersOf(lang: string): Formatters {
  const numbers = new Intl.NumberFormat(lang);
  const plurals = new Intl.PluralRules(lang);
  const plain = { format: remembered((value) => numbers.format(value)) } as Intl.NumberFormat;
  const cardinal = { select: remembered((value) => plurals.select(value)) } as Intl.PluralRules;
  return {
    getNumberFormat: (_, style) => (style ? new Intl.NumberFormat(lang, style) : plain),
    getPluralRules: (_, options) => (options?.type === 'ordinal' ? new Intl.PluralRules(lang, options) : cardinal),
    getDateTimeFormat: (_, style) => new Intl.DateTimeFormat(lang, style),
  };
}

/** What small counts become is remembered: they come up again and again. */
function remembered<T>(of: (value: number) => T): (value: number) => T {
  const known: T[] = [];
  return (value) =>
    Number.isInteger(value) && value >= 0 && value < REMEMBERED ? (known[value] ??= of(value)) : of(value);
}
