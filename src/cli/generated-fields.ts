import type { Random } from './random.js';

// Some names are beyond ASCII, so that encodings are exercised.
const FIRST_NAMES =
  'Stone Davis Dillon Pepe Marcela Vito Carl Peter Phill Raphael Toddy Deborah John Maria Brenda José Zoë Renée Søren Łukasz Anaïs Ines Omar Wei Aiko Björn Chloé'.split(
    ' ',
  );
const LAST_NAMES =
  "Dominguez Walters Blankenship Bouth Corleone Fisherman Quill Spancer Walker Pinheiro Davis Perez Anderson O'Neil Müller Nuñez D'Angelo Smith-Jones Okafor Tanaka Kowalski Lindqvist".split(
    ' ',
  );
const WORDS =
  'ligula aliquam erat semper egestas urna euismod neque nullam namac dictum vel augue mauris tempus phasellus amet id sit'.split(
    ' ',
  );
const DOMAINS = ['com', 'org', 'edu', 'ca', 'co.uk', 'com.br'];
const ALLOWED_STATES =
  'AL AK AZ AR CA CO DE FL GA HI IN IA KS KY LA ME MD MI MN MS MO MT NE NV NH NM NY NC ND OH OK RI SC SD TN TX UT VT VA WA WV WI WY'.split(
    ' ',
  );
const REFUSED_STATES = 'NJ CT PA MA IL ID OR'.split(' ');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const RULES = [
  'allowed_state',
  'zipcode_sum',
  'zipcode_length',
  'allowed_age',
  'email_pattern',
  'email_state',
] as const;

/** The rules that a record is made to break. */
export type Broken = ReadonlySet<(typeof RULES)[number]>;

/** A date as the file writes it and as it is stored. */
export interface Birthday {
  readonly text: string;
  readonly iso: string;
}

// Every function below draws from `random` in a fixed order: another order makes other files for the same seed.

/** With this probability one to three rules, else none. */
export function brokenRules(random: Random, probability: number): Broken {
  const wanted = random.chance(probability) ? 1 + random.below(3) : 0;
  const broken = new Set<(typeof RULES)[number]>();
  while (broken.size < wanted) broken.add(random.pick(RULES));
  // New York is allowed, and its addresses must be well formed to have a domain to refuse.
  if (broken.has('email_state')) {
    broken.delete('allowed_state');
    broken.delete('email_pattern');
  }
  return broken;
}

export function stateFor(random: Random, broken: Broken): string {
  if (broken.has('email_state')) return 'NY';
  return random.pick(broken.has('allowed_state') ? REFUSED_STATES : ALLOWED_STATES);
}

export const domainFor = (random: Random, broken: Broken): string =>
  broken.has('email_state') ? 'net' : random.pick(DOMAINS);

export function zipDigitsFor(random: Random, broken: Broken): string {
  const usual = () => (random.chance(0.7) ? 5 : 9);
  const length = broken.has('zipcode_length') ? random.pick([3, 4, 6, 7, 8, 10]) : usual();
  return digits(random, length, broken.has('zipcode_sum'));
}

/** Digits that sum to at most 20, or to more. */
function digits(random: Random, length: number, isOver: boolean): string {
  // Lower digits for longer codes, so that a sum of at most 20 is soon found.
  const below = isOver ? 10 : Math.min(10, Math.ceil(44 / length));
  for (;;) {
    const drawn = Array.from({ length }, () => random.below(below));
    const sum = drawn.reduce((a, b) => a + b, 0);
    if (isOver ? sum > 20 : sum <= 20) return drawn.join('');
  }
}

export function emailFor(random: Random, broken: Broken, domain: string): string {
  const local = `${random.pick(WORDS)}.${random.pick(WORDS)}${random.below(1000)}`;
  const host = `${random.pick(WORDS)}${random.pick(WORDS)}`;
  if (!broken.has('email_pattern')) return `${local}@${host}.${domain}`;
  return random.pick([
    `${local}@@${host}.${domain}`,
    `${local}-${host}.${domain}`,
    `${local};@${host}.${domain}`,
    `${local}@${host}`,
    `@${host}.${domain}`,
    `${local}@`,
  ]);
}

const twoDigits = (n: number): string => String(n).padStart(2, '0');

/** In one of the four accepted forms. Minors are minors until 2031. */
export function birthdayFor(random: Random, broken: Broken): Birthday {
  const year = broken.has('allowed_age') ? 2010 + random.below(8) : 1940 + random.below(60);
  const month = random.below(12);
  const day = 1 + random.below(28);
  const iso = `${year}-${twoDigits(month + 1)}-${twoDigits(day)}`;
  const name = MONTHS[month];
  const slashed = `${twoDigits(month + 1)}/${twoDigits(day)}/${year}`;
  const withComma = `${name} ${day}, ${year}`;
  return { iso, text: random.pick([withComma, withComma, `${name} ${day} ${year}`, iso, slashed]) };
}

export const nameFor = (random: Random): string => `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
