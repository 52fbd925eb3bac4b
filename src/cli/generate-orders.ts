import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import {
  birthdayFor,
  brokenRules,
  domainFor,
  emailFor,
  nameFor,
  stateFor,
  zipDigitsFor,
  type Broken,
} from './generated-fields.js';
import { OrderIds } from './generated-ids.js';
import { randomFrom, type Random } from './random.js';

/** What file to write. Rates are shares of the records, from 0 to 1. */
export interface GenerateOptions {
  /** Records. */
  readonly rows: number;
  /** Same seed, same bytes. */
  readonly seed: number;
  readonly firstId: number;
  /** Ids in random order within blocks of 5000 instead of ascending. */
  readonly shuffle: boolean;
  /** Records that repeat an earlier id, near or far. */
  readonly duplicates: number;
  /** Records made to break at least one rule. */
  readonly invalid: number;
  /** Records that cannot be stored. */
  readonly malformed: number;
  /** Records sent to the destination of the record before. */
  readonly same: number;
  readonly delimiter: string;
  readonly newline: 'lf' | 'crlf';
  /** Begin with a UTF-8 byte order mark. */
  readonly bom: boolean;
  /** Quote all fields; some names then hold delimiters, quotes and line breaks. */
  readonly quoted: boolean;
  /** Path of the file; its oracle is written beside it, as `<out>.oracle.json`. */
  readonly out: string;
}

/** What an import of exactly this file into an empty database must come to. Known from how each record is made. */
export interface Oracle {
  rows: number;
  read: number;
  valid: number;
  invalid: number;
  duplicate: number;
  malformed: number;
  violations: Record<string, number>;
  firstId: number;
  lastId: number;
  /**
   * `sum` modulo 2^64 of the first 8 bytes, big endian, of the SHA-1 over, for every stored order,
   * `id|name|email|STATE|zip digits|yyyy-mm-dd|valid|violations sorted, joined by ,`.
   */
  digest: { orders: number; sum: string };
}

export const GENERATE_DEFAULTS: GenerateOptions = {
  rows: 1000,
  seed: 1,
  firstId: 1,
  shuffle: false,
  duplicates: 0.01,
  invalid: 0.3,
  malformed: 0.001,
  same: 0.02,
  delimiter: '|',
  newline: 'lf',
  bom: false,
  quoted: false,
  out: 'orders.csv',
};

const COLUMNS = ['id', 'name', 'email', 'state', 'zipcode', 'birthday'];
const PART_CHARACTERS = 1 << 20;

/** Takes what a record would be stored as, in the form of the digest, were no order there with its id. */
type OnOrder = (record: number, line: string) => void;

/** Writes an order file and, beside it, its oracle. */
export async function generateOrders(given: Partial<GenerateOptions>, onOrder?: OnOrder): Promise<Oracle> {
  const options = { ...GENERATE_DEFAULTS, ...given };
  const file = new OrderFile(options, onOrder);
  const out = createWriteStream(options.out);
  const written = finished(out);
  // Listened to at once: a file that cannot be made fails before the first wait.
  written.catch(() => {});
  let part = file.header();
  for (let record = 0; record < options.rows; record++) {
    part += file.record();
    if (part.length <= PART_CHARACTERS) continue;
    if (!out.write(part)) await Promise.race([once(out, 'drain'), written]);
    part = '';
  }
  out.end(part);
  await written;
  const oracle = file.oracle();
  await writeFile(`${options.out}.oracle.json`, `${JSON.stringify(oracle, null, 2)}\n`);
  return oracle;
}

interface Destination {
  readonly state: string;
  /** As the file writes it. */
  readonly zip: string;
  readonly zipDigits: string;
}

interface Draft extends Destination {
  readonly broken: Broken;
  readonly name: string;
  readonly email: string;
  readonly birthday: { readonly text: string; readonly iso: string };
}

/** Makes the records of one file, and knows what each must come to. */
class OrderFile {
  private readonly random: Random;
  private readonly ids: OrderIds;
  private readonly lineEnd: string;
  private previous: Destination | null = null;
  private digestSum = 0n;
  private readonly totals: Omit<Oracle, 'digest'>;

  constructor(
    private readonly options: GenerateOptions,
    private readonly onOrder: OnOrder | undefined,
  ) {
    this.random = randomFrom(options.seed);
    this.ids = new OrderIds(this.random, options);
    this.lineEnd = options.newline === 'crlf' ? '\r\n' : '\n';
    const { rows, firstId } = options;
    const none = { read: 0, valid: 0, invalid: 0, duplicate: 0, malformed: 0, violations: {} };
    this.totals = { rows, ...none, firstId, lastId: firstId - 1 };
  }

  header(): string {
    return (this.options.bom ? '\ufeff' : '') + COLUMNS.join(this.options.delimiter) + this.lineEnd;
  }

  /** The next record with its line end. */
  record(): string {
    this.totals.read++;
    const draft = this.draft();
    return this.random.chance(this.options.malformed) ? this.malformed(draft) : this.order(draft);
  }

  oracle(): Oracle {
    const { valid, invalid } = this.totals;
    return { ...this.totals, digest: { orders: valid + invalid, sum: this.digestSum.toString() } };
  }

  private draft(): Draft {
    const { random, options } = this;
    const broken = brokenRules(random, options.invalid);
    const isLowerCase = random.chance(0.01);
    const state = stateFor(random, broken);
    const domain = domainFor(random, broken);
    const zipDigits = zipDigitsFor(random, broken);
    const isDashed = zipDigits.length === 9 && random.chance(0.5);
    const own: Destination = {
      state: isLowerCase ? state.toLowerCase() : state,
      zip: isDashed ? `${zipDigits.slice(0, 5)}-${zipDigits.slice(5)}` : zipDigits,
      zipDigits,
    };
    const destination = this.previous && random.chance(options.same) ? this.previous : own;
    const email = emailFor(random, broken, domain);
    const birthday = this.writable(birthdayFor(random, broken));
    return { ...destination, broken, email, birthday, name: this.name() };
  }

  /** A comma-delimited file cannot hold an unquoted comma. */
  private writable(birthday: Draft['birthday']): Draft['birthday'] {
    const { quoted, delimiter } = this.options;
    return !quoted && birthday.text.includes(delimiter) ? { ...birthday, text: birthday.iso } : birthday;
  }

  private name(): string {
    const { random, options } = this;
    const name = nameFor(random);
    if (!options.quoted || !random.chance(0.05)) return name;
    return name + random.pick([` "Bo"`, `${options.delimiter} Jr.`, `${this.lineEnd}c/o Acme`]);
  }

  private malformed({ name, email, state, zip, birthday }: Draft): string {
    this.totals.malformed++;
    const id = String(this.ids.fresh());
    return this.write(
      this.random.pick([
        [id, name, email, state],
        [`x${id}`, name, email, state, zip, birthday.text],
        [id, name, email, state, zip, 'Feb 30, 1990'],
        ['', name, email, state, zip, birthday.text],
        [id, name, email, state, zip, birthday.text, 'extra'],
      ]),
    );
  }

  private order(draft: Draft): string {
    const { state, zip, zipDigits, name, email, birthday, broken } = draft;
    const passes = this.previous?.state.toUpperCase() === state.toUpperCase() && this.previous.zip === zip;
    this.previous = { state, zip, zipDigits };
    const repeated = this.ids.repeated();
    const id = repeated ?? this.ids.fresh();
    const violations = passes ? [] : [...broken].toSorted();
    const judged = [violations.length === 0, violations.join(',')];
    const line = [id, name, email, state.toUpperCase(), zipDigits, birthday.iso, ...judged].join('|');
    this.onOrder?.(this.totals.read, line);
    if (repeated === null) this.stored(id, line, violations);
    else this.totals.duplicate++;
    return this.write([String(id), name, email, state, zip, birthday.text]);
  }

  private stored(id: number, line: string, violations: readonly string[]): void {
    const { totals } = this;
    this.ids.remember(id);
    totals.lastId = Math.max(totals.lastId, id);
    totals[violations.length === 0 ? 'valid' : 'invalid']++;
    for (const rule of violations) totals.violations[rule] = (totals.violations[rule] ?? 0) + 1;
    this.digestSum = BigInt.asUintN(64, this.digestSum + createHash('sha1').update(line).digest().readBigUInt64BE(0));
  }

  private write(fields: readonly string[]): string {
    const { quoted, delimiter } = this.options;
    const written = quoted ? fields.map((field) => `"${field.replaceAll('"', '""')}"`) : fields;
    return written.join(delimiter) + this.lineEnd;
  }
}
