import { describe, expect, it } from 'vitest';
import { pageFile, readAssets, readTemplate } from '../../../src/page/page.files.js';

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

describe('pageFile', () => {
  it('gives every content a tag of its own', () => {
    const [file, same, other] = ['body', 'body', 'other'].map((text) => pageFile(Buffer.from(text), 'text/plain').etag);
    expect(file).toBe(same);
    expect(other).not.toBe(file);
  });
});
