import { describe, expect, it } from 'vitest';
import { isHeld, pageFile, readAssets, readTemplate } from '../../../src/page/page.files.js';

describe('readAssets', () => {
  it('serves the style, the scripts and the pictures, and not the template', () => {
    const assets = readAssets();
    expect(assets.get('page.css')?.contentType).toBe('text/css; charset=utf-8');
    expect(assets.get('page.js')?.contentType).toBe('text/javascript; charset=utf-8');
    expect(assets.get('logo.svg')?.contentType).toBe('image/svg+xml; charset=utf-8');
    expect(assets.has('page.html')).toBe(false);
  });

  it('has every file that the template and the scripts name', () => {
    const assets = readAssets();
    const scripts = [...assets].filter(([name]) => name.endsWith('.js')).map(([, { body }]) => body.toString());
    const named = [readTemplate(), ...scripts].join('\n').matchAll(/(?:\/acme_orders\/assets|from '\.)\/([\w.-]+)/g);
    for (const [, name] of named) expect([...assets.keys()]).toContain(name);
  });
});

describe('isHeld', () => {
  const file = pageFile(Buffer.from('body'), 'text/plain');

  it('knows the tag of the file among others, weak or strong', () => {
    expect(isHeld(file.etag, file)).toBe(true);
    expect(isHeld(`"other", W/${file.etag}`, file)).toBe(true);
    expect(isHeld('*', file)).toBe(true);
  });

  it('sends the file to whoever has another or none', () => {
    expect(isHeld(undefined, file)).toBe(false);
    expect(isHeld('"other"', file)).toBe(false);
    expect(pageFile(Buffer.from('other'), 'text/plain').etag).not.toBe(file.etag);
  });
});
