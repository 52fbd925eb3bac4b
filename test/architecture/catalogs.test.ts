import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IMPORT_STATES } from '../../src/imports/import-state.js';
import { RULE_CODES, RULES } from '../../src/orders/rules/rule-set.js';
import { violationParams } from '../../src/orders/rules/violation-params.js';
import { found, ROOT, sourceFiles } from './source-files.js';

const CATALOGS = join(ROOT, 'i18n');
const LANGUAGES = ['en', 'es', 'pt-BR'];

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

/** The places that a message leaves for parameters. */
const placesIn = (message: string): string[] => [...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).toSorted();

const placesOf = (messages: ReadonlyMap<string, string>): object =>
  Object.fromEntries([...messages].map(([key, message]) => [key, placesIn(message)]));

/** What follows a prefix in the keys that begin with it. */
const keysUnder = (prefix: string, messages: ReadonlyMap<string, string>): string[] =>
  [...messages.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
    .toSorted();

const files = sourceFiles();
const filesIn = (...paths: readonly string[]) =>
  files.filter(({ path }) => paths.some((each) => path.startsWith(each)));

/** Codes of errors and failures: what is handed to DomainError, and what stands as a code elsewhere. */
const problems = [
  ...found(files, /super\(\s*'[a-z-]+',\s*'([\w-]+(?:\.[\w-]+)+)'/g),
  ...found(files, /\bcode: '((?:access|imports|orders|request|storage|health)\.(?!errors\.)[\w-]+)'/g),
  ...found(files, /'(request\.internal-error)'/g),
];
const fieldProblems = found(files, /'(\w+\.errors\.[\w-]+)'/g);
/** Codes of malformations: every text of two words and a dot in the files that find them. */
const malformations = found(
  filesIn('src/imports/csv/', 'src/imports/job/chunk.ts', 'src/orders/intake/'),
  /'([a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*)'/g,
);

describe('the catalogs', () => {
  const english = messagesOf('en');

  it('are there in every language', () => {
    expect(readdirSync(CATALOGS).toSorted()).toEqual(LANGUAGES);
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
      return placesIn(messages.get(`rules.${code}.violation`)!).filter((name) => !params.includes(name));
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
