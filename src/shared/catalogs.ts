import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Texts by their keys, nested as in the JSON file. */
export interface Catalog {
  readonly [key: string]: string | Catalog;
}

/** Where the catalogs are: `<language>/<name>.json`. */
export const CATALOGS = join(import.meta.dirname, '..', '..', 'i18n');

/** A catalog of a language as it stands on disk, such as `cli`. Throws if there is none. */
export const catalogOf = (language: string, name: string): Catalog =>
  JSON.parse(readFileSync(join(CATALOGS, language, `${name}.json`), 'utf8')) as Catalog;

/** The text of a key such as `start.ready`, undefined where the catalog has none. */
export function textAt(catalog: Catalog, key: string): string | undefined {
  let at: string | Catalog | undefined = catalog;
  for (const part of key.split('.')) at = typeof at === 'object' && Object.hasOwn(at, part) ? at[part] : undefined;
  return typeof at === 'string' ? at : undefined;
}
