import type { Catalog } from '../shared/catalogs.js';

/** What the page needs of the catalog `page` of one language. */
export interface PageTexts {
  /** The language's own name for itself. */
  readonly language: string;
  /** The texts of the template, by the name of their place. */
  readonly html: Readonly<Record<string, string>>;
  /** What the script says, carried inside the page. */
  readonly script: Catalog;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** JSON that cannot end the `<script>` element it stands in. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/**
 * The page in one language. Places of the template are `{{name}}`: a text of the catalog's `html`, or one of `lang`,
 * `languages` and `messages`. Throws if a place has no text.
 *
 * @param languages - every language the page speaks, with its own name, in the order in which they are offered
 */
export function renderPage(template: string, lang: string, texts: PageTexts, languages: Map<string, string>): string {
  const places: Record<string, string> = {
    ...Object.fromEntries(Object.entries(texts.html).map(([name, text]) => [name, escapeHtml(text)])),
    lang: escapeHtml(lang),
    languages: [...languages].map(([other, name]) => languageLink(other, name, other === lang)).join(''),
    messages: scriptJson(texts.script),
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const text = places[name];
    if (text === undefined) throw new Error(`The catalog page of ${lang} lacks html.${name}`);
    return text;
  });
}

function languageLink(lang: string, name: string, isCurrent: boolean): string {
  const code = escapeHtml(lang);
  const current = isCurrent ? ' aria-current="true"' : '';
  return (
    `<li><a href="?lang=${encodeURIComponent(lang)}" lang="${code}" hreflang="${code}" data-lang="${code}"${current}>` +
    `${escapeHtml(name)}</a></li>`
  );
}
