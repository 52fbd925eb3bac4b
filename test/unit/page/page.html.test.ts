import { describe, expect, it } from 'vitest';
import { renderPage, scriptJson, type PageTexts } from '../../../src/page/page.html.js';

const texts = (html: Record<string, string>, script: PageTexts['script'] = {}): PageTexts => ({
  language: 'English',
  html,
  script,
});
const languages = new Map([
  ['en', 'English'],
  ['pt-BR', 'Português'],
]);

describe('renderPage', () => {
  it('puts the texts of the catalog in their places, as text', () => {
    const html = renderPage(
      '<p title="{{hint}}">{{hello}}</p>',
      'en',
      texts({ hello: 'a < b', hint: '"$&" & \'c\'' }),
      languages,
    );
    expect(html).toBe('<p title="&quot;$&amp;&quot; &amp; &#39;c&#39;">a &lt; b</p>');
  });

  it('carries the messages of the script in a way that no text can end the script', () => {
    const html = renderPage('<script>{{messages}}</script>', 'en', texts({}, { a: '</script><b>' }), languages);
    expect(html).toBe(`<script>{"a":"\\u003c/script>\\u003cb>"}</script>`);
    expect(JSON.parse(scriptJson({ a: '</script><b>' }))).toEqual({ a: '</script><b>' });
  });

  it('offers every language in its own words and marks the one in use', () => {
    const html = renderPage('{{languages}}', 'pt-BR', texts({}), languages);
    expect(html).toContain('<a href="?lang=en" lang="en" hreflang="en" data-lang="en">English</a>');
    expect(html).toContain('data-lang="pt-BR" aria-current="true">Português</a>');
  });

  it('refuses a catalog that lacks a text', () => {
    expect(() => renderPage('{{hello}}', 'pt-BR', texts({}), languages)).toThrow('pt-BR lacks html.hello');
  });
});
