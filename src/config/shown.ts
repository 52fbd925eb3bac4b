import type { Key } from './kinds.js';
import type { Keys } from './read-keys.js';

/** One key as documentation tells it: name, meaning, default. */
export type KeyRow = readonly [env: string, meaning: string, fallback: string];

/** All keys, in their order. */
export const rowsOf = (keys: Keys): KeyRow[] =>
  Object.values(keys).map((key) => [key.env, key.meaning, fallbackOf(key)]);

/** The same as a table in Markdown. */
export function markdownOf(keys: Keys): string {
  const cell = (content: string) => content.replaceAll('|', String.raw`\|`);
  const rows = rowsOf(keys).map(([env, meaning, fallback]) => [`\`${env}\``, cell(meaning), cell(fallback)]);
  const lines = [['variable', 'meaning', 'default'], ['---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function fallbackOf({ fallback, unset, inProduction }: Key<unknown>): string {
  const usual = unset ?? (fallback === '' ? 'unset' : `\`${fallback}\``);
  return inProduction === undefined ? usual : `${usual}; \`${inProduction}\` in production`;
}

/** What each key is set to, fit for a log: without secrets. */
export const maskedTexts = (keys: Keys, texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.values(keys).map((key) => [key.env, masked(key, texts[key.env] ?? '')]));

const masked = ({ isSecret }: Key<unknown>, value: string): string =>
  isSecret && value !== ''
    ? '***'
    : value
        .replace(/^([a-z\d+.-]+:\/\/)[^/?#]*@/i, '$1***@')
        .replaceAll(/([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]*/gi, '$1***');
