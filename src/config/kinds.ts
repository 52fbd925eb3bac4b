import { readFileSync } from 'node:fs';
import { isNetwork } from './access-faults.js';

/** What one key of the environment means, and how its text becomes a value. */
export interface Key<T> {
  readonly env: string;
  readonly meaning: string;
  /** The text where it is unset. */
  readonly fallback: string;
  /** The same in the profile `production`, where it differs. */
  readonly inProduction?: string;
  /** What stands for an empty fallback, or one that depends on the machine, in words. */
  readonly unset?: string;
  /** Whether it is shown to nobody. Passwords within addresses never are. */
  readonly isSecret?: boolean;
  /** Turns the text into the value, or throws with what is wrong about it. */
  parse(text: string): T;
}

/** Any text. */
export const text = (env: string, fallback: string, meaning: string): Key<string> => ({
  env,
  meaning,
  fallback,
  parse: (value) => value,
});

/** One of some words. */
export const oneOf = <const T extends string>(
  env: string,
  values: readonly T[],
  fallback: T,
  meaning: string,
): Key<T> => ({
  env,
  meaning: `${meaning}: ${values.join(', ')}`,
  fallback,
  parse(value) {
    if (!values.includes(value as T)) throw new Error(`must be one of ${values.join(', ')}`);
    return value as T;
  },
});

/** A whole number, `min` and `max` included. */
export const integer = (env: string, min: number, max: number, fallback: number, meaning: string): Key<number> => ({
  env,
  meaning: `${meaning}; ${min} to ${max}`,
  fallback: String(fallback),
  parse(value) {
    const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= min && number <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return number;
  },
});

/** An address that begins with one of some protocols; empty where it is unset. */
export const url = (env: string, protocols: readonly string[], fallback: string, meaning: string): Key<string> => ({
  env,
  meaning,
  fallback,
  parse(value) {
    if (value === '' || protocols.some((protocol) => value.startsWith(protocol))) return value;
    throw new Error(`must begin with ${protocols.join(' or ')}`);
  },
});

/** The text of a file; null where it is unset. */
export const jsonFile = (env: string, meaning: string): Key<string | null> => ({
  env,
  meaning,
  fallback: '',
  parse: (path) => (path === '' ? null : readFileSync(path, 'utf8')),
});

/** Addresses and networks, by commas. */
export const networks = (env: string, meaning: string): Key<readonly string[]> => ({
  env,
  meaning,
  fallback: '',
  parse(value) {
    const all = value.split(',').flatMap((each) => each.trim() || []);
    const bad = all.find((each) => !isNetwork(each));
    if (bad === undefined) return Object.freeze(all);
    throw new Error(`${bad} is no address, no network such as 10.0.0.0/8, and not loopback, linklocal or uniquelocal`);
  },
});

/** Origins of pages as browsers write them, by commas. */
export const origins = (env: string, meaning: string): Key<readonly string[]> => ({
  env,
  meaning,
  fallback: '',
  parse(value) {
    const all = value.split(',').flatMap((each) => each.trim() || []);
    for (const each of all) checkOrigin(each);
    return Object.freeze([...new Set(all)]);
  },
});

/** Throws for what no browser sends as the origin of a page (RFC 6454, section 6.2), `null` and `*` among it. */
function checkOrigin(text: string): void {
  const { protocol = '', origin } = URL.canParse(text) ? new URL(text) : {};
  if (!['http:', 'https:'].includes(protocol) || text.includes('*'))
    throw new Error(`${text} is no origin such as https://shop.example.com`);
  if (text !== origin) throw new Error(`${text} is no origin; browsers would send ${origin}`);
}

/** A key that may be unset: null then. */
export const optional = <T>(key: Key<T>): Key<T | null> => ({
  ...key,
  fallback: '',
  parse: (value) => (value === '' ? null : key.parse(value)),
});

/** A key that has another default in the profile `production`. */
export const inProduction = <K extends Key<unknown>>(key: K, fallback: string): K => ({
  ...key,
  inProduction: fallback,
});

/** A key whose default is told in words. */
export const unset = <K extends Key<unknown>>(key: K, words: string): K => ({ ...key, unset: words });

/** A key whose value is shown to nobody. */
export const secret = <K extends Key<unknown>>(key: K): K => ({ ...key, isSecret: true });
