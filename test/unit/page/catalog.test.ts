import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/orders/rules/rule-set.js';
import { readAssets, readTemplate } from '../../../src/page/page.files.js';
import { renderPage, type PageTexts } from '../../../src/page/page.html.js';
import type { Catalog as Texts } from '../../../src/shared/catalogs.js';

const CATALOGS = join(import.meta.dirname, '../../../i18n');
const languages = readdirSync(CATALOGS);

const catalog = (lang: string): PageTexts =>
  JSON.parse(readFileSync(join(CATALOGS, lang, 'page.json'), 'utf8')) as PageTexts;

const lookUp = (texts: Texts, key: string): string | Texts | undefined =>
  key.split('.').reduce<string | Texts | undefined>((node, part) => (node as Texts | undefined)?.[part], texts);

/** The keys that the scripts ask for, as far as they stand there whole. */
function keysOfScripts(): string[] {
  const scripts = [...readAssets()].filter(([name]) => name.endsWith('.js')).map(([, { body }]) => body.toString());
  return scripts.flatMap((script) => [...script.matchAll(/\bt\('([\w.-]+)'/g)].map(([, key]) => key!));
}

describe.each(languages)('the catalog page of %s', (lang) => {
  it('has a text for every place of the template', () => {
    expect(() => renderPage(readTemplate(), lang, catalog(lang), new Map())).not.toThrow();
  });

  it('has every text that the scripts ask for', () => {
    const missing = keysOfScripts().filter((key) => lookUp(catalog(lang).script, key) === undefined);
    expect(keysOfScripts().length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it('has a name for every rule', () => {
    const missing = RULES.filter(({ code }) => lookUp(catalog(lang).script, `rules.${code}`) === undefined);
    expect(missing).toEqual([]);
  });
});
