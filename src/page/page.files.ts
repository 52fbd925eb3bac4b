import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

/** Something the page sends, held in memory as it goes out. */
export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** Strong entity tag, in its quotes (RFC 9110, section 8.8.3). */
  readonly etag: string;
}

const FOLDER = join(import.meta.dirname, 'assets');

/** The kinds of file that are served. Anything else in the folder, as the template, is not. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** Gives a text its entity tag. */
export function pageFile(body: Buffer, contentType: string): PageFile {
  return { body, contentType, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/** What formats the messages, as one module without imports; the page and the API read the catalogs alike. */
const MESSAGE_FORMAT = createRequire(import.meta.url)
  .resolve('intl-messageformat')
  .replace('index.js', 'intl-messageformat.iife.js');

/** Every file that the page may ask for, by its name. Reads the folder once. */
export function readAssets(): ReadonlyMap<string, PageFile> {
  const paths = [
    ...readdirSync(FOLDER).map((name) => [name, join(FOLDER, name)]),
    ['message-format.js', MESSAGE_FORMAT],
  ];
  const assets = paths.flatMap(([name, path]): [string, PageFile][] => {
    const contentType = CONTENT_TYPES[extname(name!)];
    return contentType ? [[name!, pageFile(readFileSync(path!), contentType)]] : [];
  });
  return new Map(assets);
}

/** The page's HTML with places for its texts. */
export function readTemplate(): string {
  return readFileSync(join(FOLDER, 'page.html'), 'utf8');
}
