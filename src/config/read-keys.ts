import { readFileSync } from 'node:fs';
import type { Key } from './kinds.js';

/** Keys by the names of their values. */
export type Keys = Readonly<Record<string, Key<unknown>>>;
/** The value of each key. */
export type ValuesOf<K extends Keys> = { [N in keyof K]: ReturnType<K[N]['parse']> };

/** What an environment says of some keys. */
export interface ReadKeys<K extends Keys> {
  readonly values: ValuesOf<K>;
  /** What each key's value was made of, by the name that it has in the environment. Not masked. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Reads all keys, each from its variable or from the file that `NAME_FILE` names. Throws one error of all faults. */
export function readKeys<K extends Keys>(keys: K, environment: NodeJS.ProcessEnv): ReadKeys<K> {
  const faults: string[] = [];
  const texts: Record<string, string> = {};
  const entries = Object.entries(keys).map(([name, key]) => {
    try {
      texts[key.env] = textOf(key, environment);
      return [name, key.parse(texts[key.env]!)];
    } catch (error) {
      faults.push(`${key.env}: ${(error as Error).message}`);
      return [name, undefined];
    }
  });
  refuse(faults);
  return { values: Object.fromEntries(entries) as ValuesOf<K>, texts };
}

/** Throws where there are faults, with all of them. */
export function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`The configuration cannot be used.\n  ${faults.join('\n  ')}`);
}

/** An empty variable is one that is not set. */
function textOf(key: Key<unknown>, environment: NodeJS.ProcessEnv): string {
  const given = environment[key.env]?.trim();
  const path = environment[`${key.env}_FILE`]?.trim();
  if (given && path) throw new Error(`is set, and ${key.env}_FILE too`);
  const found = path ? readFileSync(path, 'utf8').trim() : given;
  return found || (environment.ACME_ENV === 'production' && key.inProduction) || key.fallback;
}
