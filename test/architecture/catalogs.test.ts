import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IMPORT_STATES } from '../../src/imports/import-state.js';
import { RULE_CODES, RULES } from '../../src/orders/rules/rule-set.js';
import { violationParams } from '../../src/orders/rules/violation-params.js';
import { domainErrors, describedCodes } from '../../src/cli/docs/errors-page.js';
import { LANGUAGES } from '../../src/shared/languages.js';
import { formatMessage, parametersOf } from '../../src/shared/message-format.js';
import { NOT_HTTP } from '../../src/shared/http/not-http.js';
import { found, ROOT, sourceFiles } from './source-files.js';
import { textsOf } from './source-texts.js';

const CATALOGS = join(ROOT, 'i18n');

type Texts = { readonly [key: string]: string | Texts };

/** Every message of a language by its key, which begins with the name of its file. */
function messagesOf(lang: string): ReadonlyMap<string, string> {
  const messages = new Map<string, string>();
  const collect = (key: string, texts: string | Texts): void => {
    if (typeof texts === 'string') messages.set(key, texts);
    else for (const [part, inner] of Object.entries(texts)) collect(`${key}.${part}`, inner);
  };
  for (const file of readdirSync(join(CATALOGS, lang))) {
    collect(file.replace('.json', ''), JSON.parse(readFileSync(join(CATALOGS, lang, file), 'utf8')) as Texts);
  }
  return messages;
}

/** The places that a message leaves for parameters; what is written into the page as it is has none. */
const placesIn = (key: string, message: string): string[] =>
  key.startsWith('page.html.') ? [] : parametersOf(message).toSorted();

const placesOf = (messages: ReadonlyMap<string, string>): object =>
  Object.fromEntries([...messages].map(([key, message]) => [key, placesIn(key, message)]));

/** What follows a prefix in the keys that begin with it. */
const keysUnder = (prefix: string, messages: ReadonlyMap<string, string>): string[] =>
  [...messages.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    .toSorted();

const files = sourceFiles();
const filesIn = (...paths: readonly string[]) =>
  files.filter(({ path }) => paths.some((each) => path.startsWith(each)));

/** Codes of what a request, or an import, can end in. */
const problems = [
  ...new Set([
    ...domainErrors().map(({ code }) => code),
    ...found(filesIn('src/imports/job/'), /\bcode: '(imports\.[\w-]+)'/g),
    'request.internal-error',
    ...Object.keys(NOT_HTTP),
  ]),
].toSorted();
const fieldProblems = found(files, /'(\w+\.errors\.[\w-]+)'/g);
/** Codes of malformations: every text of two words and a dot in the files that find them. */
const malformations = found(
  filesIn('src/imports/csv/', 'src/imports/job/chunk.ts', 'src/orders/intake/'),
  /'([a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*)'/g,
);

describe('the catalogs', () => {
  const english = messagesOf('en');

  it('are there in every language', () => {
    expect(readdirSync(CATALOGS).toSorted()).toEqual(LANGUAGES.toSorted());
  });

  it.each(LANGUAGES)('of %s are the same files', (lang) => {
    expect(readdirSync(join(CATALOGS, lang)).toSorted()).toEqual(readdirSync(join(CATALOGS, 'en')).toSorted());
  });

  it.each(LANGUAGES)('of %s have the same messages', (lang) => {
    expect([...messagesOf(lang).keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it.each(LANGUAGES)('of %s have the same parameters in each message', (lang) => {
    expect(placesOf(messagesOf(lang))).toEqual(placesOf(english));
  });

  it.each(LANGUAGES)('of %s have each plural form that the language has', (lang) => {
    const forms = new Intl.PluralRules(lang).resolvedOptions().pluralCategories;
    // The forms of a verb beside a count that is there already may be fewer.
    const counting = [...messagesOf(lang)].flatMap(([key, message]) =>
      [...message.matchAll(/\w+, plural, ((?:[^{}]+\{[^{}]*#[^{}]*\}|=0 \{[^{}]*\})+)/g)].map(([, plural]) => ({
        key,
        lacks: forms.filter((form) => !new RegExp(`(^|\\s)${form} \\{`).test(plural!)),
      })),
    );
    expect(counting.length).toBeGreaterThan(8);
    expect(counting.filter(({ lacks }) => lacks.length > 0)).toEqual([]);
  });

  it.each(LANGUAGES)('of %s quote nothing by accident', (lang) => {
    const single = [...messagesOf(lang)].filter(([, message]) => /(?<!')'(?:'')*[{}#]/.test(message));
    expect(single).toEqual([]);
    expect(
      [...messagesOf(lang)].filter(([key, message]) => key.startsWith('page.html.') && /[{}]/.test(message)),
    ).toEqual([]);
  });

  it.each(LANGUAGES)('of %s have no empty message', (lang) => {
    expect([...messagesOf(lang)].filter(([, message]) => message.trim() === '')).toEqual([]);
  });
});

describe('the codes of the source', () => {
  it('are found', () => {
    expect(problems).toEqual(expect.arrayContaining(['imports.unknown-import', 'imports.stuck', 'storage.full']));
    expect(problems.length).toBeGreaterThan(20);
    expect(fieldProblems).toEqual(expect.arrayContaining(['request.errors.unknown', 'imports.errors.column-missing']));
    expect(malformations).toEqual(
      expect.arrayContaining(['id.not-an-integer', 'quote.unclosed', 'columns.wrong-number']),
    );
  });
});

describe('the codes that stand in the source as such', () => {
  it('are those of errors, failures and reasons to wait', () => {
    const named = found(files, /\bcode: '((?:imports|orders|request|storage|health)\.(?!errors\.)[\w-]+)'/g);
    expect(named).toEqual(expect.arrayContaining(['imports.unknown-import', 'storage.away']));
    const known = (code: string) => problems.includes(code) || messagesOf('en').has(`imports.waiting.${code}`);
    expect(named.filter((code) => !known(code))).toEqual([]);
  });
});

describe.each(LANGUAGES)('in %s', (lang) => {
  const messages = messagesOf(lang);
  const lacking = (keys: readonly string[]): string[] => keys.filter((key) => !messages.has(key));

  it('every error and failure has a title and a detail', () => {
    expect(lacking(problems.flatMap((code) => [`${code}.title`, `${code}.detail`]))).toEqual([]);
  });

  it('every fault of a field has a message', () => {
    expect(lacking(fieldProblems)).toEqual([]);
  });

  it('every rule has a name', () => {
    expect(lacking(RULE_CODES.map((code) => `rules.${code}.name`))).toEqual([]);
  });

  it('every rule that an order can break has a message of it, with parameters that the rule has', () => {
    expect(lacking(RULES.map(({ code }) => `rules.${code}.violation`))).toEqual([]);
    const unknown = RULES.flatMap(({ code }) => {
      const params = Object.keys(violationParams(code, null));
      const key = `rules.${code}.violation`;
      return placesIn(key, messages.get(key)!).filter((name) => !params.includes(name));
    });
    expect(unknown).toEqual([]);
  });

  it('every malformation has a message, and a name on the page, and no other has', () => {
    expect(keysUnder('malformations.', messages)).toEqual(malformations);
    expect(keysUnder('page.script.malformations.', messages)).toEqual(malformations);
  });

  it('every state of an import has a message', () => {
    expect(lacking(IMPORT_STATES.map((state) => `imports.state.${state}`))).toEqual([]);
  });
});

describe('the messages', () => {
  const english = messagesOf('en');
  const read = (pattern: RegExp) => textsOf(files.filter(({ path }) => pattern.test(path)));
  /** Who asks for texts, with the prefix that its keys leave out, and where the words come from that fill its templates. */
  const sides = [
    { texts: read(/^src\/(?!cli\/|page\/assets\/)/), words: read(/^src\/(?!cli\/|page\/)/), prefix: '' },
    { texts: read(/^src\/cli\//), words: read(/^src\/cli\//), prefix: 'cli.' },
    { texts: read(/^src\/page\/assets\//), words: read(/^src\/(page|orders|imports)\//), prefix: 'page.script.' },
  ];
  const template = readFileSync(join(ROOT, 'src/page/assets/page.html'), 'utf8');

  /** A key fits a template if each place is filled by a word of the source, a place at the begin by a literal. */
  function isBuilt(key: string, pieces: readonly string[], { texts, words }: (typeof sides)[number]): boolean {
    const escaped = pieces.map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    const match = new RegExp(`^${escaped.join('(.+)')}$`).exec(key);
    if (!match) return false;
    const [, ...fillings] = match;
    const isNamed = /^[a-z_]+[.]/i.test(pieces[0]!) || (pieces[0] === '' && texts.literals.has(fillings[0]!));
    return isNamed && fillings.every((word) => words.literals.has(word) || words.names.has(word));
  }

  const isUsed = (key: string): boolean =>
    sides.some((side) => {
      if (!key.startsWith(side.prefix)) return false;
      const own = key.slice(side.prefix.length);
      return side.texts.literals.has(own) || side.texts.templates.some((pieces) => isBuilt(own, pieces, side));
    });

  it('are all used', () => {
    const errors = new Set(problems.flatMap((code) => [`${code}.title`, `${code}.detail`]));
    const unused = [...english.keys()].filter((key) => {
      if (key === 'page.language' || errors.has(key) || isUsed(key)) return false;
      return !(key.startsWith('page.html.') && template.includes(`{{${key.slice('page.html.'.length)}}}`));
    });
    expect(unused).toEqual([]);
  });

  it('get the parameters that they name, wherever they are asked for by their key', () => {
    const wrong = sides.flatMap(({ texts, prefix }) =>
      texts.calls.flatMap(({ path, text, params }) => {
        const message = english.get(prefix + text);
        if (message === undefined || params === null) return [];
        const lacks = placesIn(prefix + text, message).filter((name) => !params.includes(name));
        const idle = params.filter((name) => name !== 'fallback' && !placesIn(prefix + text, message).includes(name));
        return lacks.length + idle.length > 0 ? [{ path, text, lacks, idle }] : [];
      }),
    );
    expect(sides.flatMap(({ texts }) => texts.calls).length).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });

  it('of each error name parameters that the error has', () => {
    const errors = domainErrors();
    expect(errors.length).toBeGreaterThan(25);
    const lacking = errors.flatMap(({ code, params }) =>
      [`${code}.title`, `${code}.detail`].flatMap((key) =>
        placesIn(key, english.get(key)!)
          .filter((name) => !(name in params))
          .map((name) => `${key}: ${name}`),
      ),
    );
    expect(lacking).toEqual([]);
  });

  it('of each error are those that the documentation lists', () => {
    const { problems: listed, failures, fields } = describedCodes();
    expect([...listed!, ...failures!].map(({ code }) => code).toSorted()).toEqual(problems);
    expect(fields!.map(({ code }) => code).toSorted()).toEqual(fieldProblems);
  });

  it.each(LANGUAGES)('of %s can be formatted', (lang) => {
    for (const [key, message] of messagesOf(lang)) {
      if (key.startsWith('page.html.')) continue;
      const values = Object.fromEntries(parametersOf(message).map((name) => [name, 2]));
      expect([key, formatMessage(lang, message, values)]).toEqual([key, expect.not.stringMatching(/[{}]/)]);
    }
  });
});
