import { numberedLines } from './numbered-lines.js';

/** What a users file says. */
export interface Passwords {
  /** The bcrypt hash of each user. */
  readonly passwords: ReadonlyMap<string, string>;
  /** What is wrong, with the line. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

/** A hash of a higher cost would take more than a second, and a core, for each who signs in. */
const MOST_COST = 14;
const LEAST_GOOD_COST = 10;

const BCRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{53})$/;

/** How hashes begin that are not taken, and what they are. */
const OTHER_HASHES: readonly (readonly [RegExp, string])[] = [
  [/^\$apr1\$|^\$1\$/, 'MD5'],
  [/^\{SHA\}/, 'SHA-1'],
  [/^\$5\$/, 'SHA-256'],
  [/^\$6\$/, 'SHA-512'],
  [/^[./A-Za-z0-9]{13}$/, 'crypt'],
];

/** Reads a file as `htpasswd -B` writes it: `name:hash`, one user a line. */
export function readPasswords(text: string): Passwords {
  const passwords = new Map<string, string>();
  const faults: string[] = [];
  const weak: string[] = [];
  for (const { line, number } of numberedLines(text)) {
    const [, name = '', hash = ''] = /^([^:]*):?(.*)$/.exec(line)!;
    const fault = passwords.has(name) ? `the user ${name} is there twice` : faultOf(name, hash);
    if (fault) faults.push(`line ${number}: ${fault}`);
    else if (costOf(hash) < LEAST_GOOD_COST) weak.push(name);
    // The library does not know the name that htpasswd has for the same algorithm.
    passwords.set(name, hash.replace(/^\$2y/, '$2b'));
  }
  if (passwords.size === 0) faults.push('no line: it has no users');
  const warnings = weak.map((name) => `The password of ${name} is hashed with little work; use htpasswd -B -C 12`);
  return { passwords, faults, warnings };
}

const costOf = (hash: string): number => Number(BCRYPT.exec(hash)?.[1]);

/** What is wrong with a line, without its hash: this goes into the log. */
function faultOf(name: string, hash: string): string | undefined {
  if (name === '' || hash === '' || /\p{Cc}/u.test(name)) return 'is not name:hash';
  const cost = costOf(hash);
  if (cost >= 4 && cost <= MOST_COST) return undefined;
  if (cost > MOST_COST) return `the cost of the hash is ${cost}; at most ${MOST_COST} is taken`;
  const kind = OTHER_HASHES.find(([pattern]) => pattern.test(hash))?.[1];
  return kind ? `is hashed with ${kind}; only bcrypt is taken: htpasswd -B` : 'the hash is not that of bcrypt';
}
