import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateOrders, type GenerateOptions, type Oracle } from '../generate-orders.js';
import type { Random } from '../random.js';
import type { Ledger } from './ledger.js';
import { uploadFile } from './upload-file.js';

/** A file that was sent once. What is sent again is another file, with ids of its own. */
export interface Sent {
  readonly oracle: Oracle;
  readonly sha256: string;
  /** Of the import, where the service answered 202; else null, and the import may exist or not. */
  readonly importId: string | null;
  /** Set where a fault spoils the stored file: then the import may fail. */
  readonly spoilt?: Spoilt;
}

/** How an import fails whose stored file is spoilt, and what of it may be stored. */
export interface Spoilt {
  /** Code of its failure. */
  readonly code: string;
  /** What a record may be stored as, in the form of the oracle's digest, by its number; not those that are malformed. */
  readonly lines: ReadonlyMap<number, string>;
}

interface NewFile {
  readonly oracle: Oracle;
  readonly content: Buffer;
  readonly spoilt?: Spoilt;
}

/** What files are made. */
export interface LoadOptions {
  readonly origin: string;
  readonly folder: string;
  /** Least and most records of a file. */
  readonly records: readonly [number, number];
}

/** Longest time for one file to be accepted, milliseconds. */
const PATIENCE_MS = 60_000;
/** Ids are given out in ranges of this size. */
const RANGE = 1_000_000;
/** Answers of a service that cannot just now. */
const PASSING = [503, 507];

/** A client that sends files, and sends them again when the service does not answer. */
export class Load {
  /** Files since the last check. */
  sent: Sent[] = [];
  /** Answers that no fault excuses. */
  odd: string[] = [];
  /** Uploads under way. */
  sending = 0;
  private files = 0;

  constructor(
    private readonly options: LoadOptions,
    private readonly random: Random,
    private readonly ledger: Ledger,
  ) {}

  /** Sends a file until it is accepted. Returns how often that took. */
  async begin(pauseMs = 0): Promise<number> {
    const until = performance.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.sendOnce(pauseMs);
      if (answer === 202) return attempt;
      if (answer !== null && !PASSING.includes(answer)) this.odd.push(`an upload was answered ${answer}`);
      if (performance.now() > until) throw new Error('No upload was accepted for a minute.');
      await sleep(200);
    }
  }

  /** Sends one file once. Returns the status of the answer, or null where none came. */
  async sendOnce(pauseMs = 0): Promise<number | null> {
    const { status } = await this.send(await this.newFile(), pauseMs);
    return status;
  }

  /** Sends a file that is going to be spoilt. Returns its import. */
  async beginSpoilt(records: number, code: string): Promise<string> {
    const lines = new Map<number, string>();
    const file = await this.newFile(records, (record, line) => lines.set(record, line));
    const { status, importId } = await this.send({ ...file, spoilt: { code, lines } }, 0);
    if (importId === null) throw new Error(`An upload was answered ${status}.`);
    return importId;
  }

  private async send(file: NewFile, pauseMs: number): Promise<{ status: number | null; importId: string | null }> {
    const { content, ...rest } = file;
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.sending += 1;
    const answer = await uploadFile(this.options.origin, content, pauseMs).catch(() => null);
    this.sending -= 1;
    const importId = answer?.status === 202 ? (JSON.parse(answer.body) as { id: string }).id : null;
    this.sent.push({ ...rest, sha256, importId });
    return { status: answer?.status ?? null, importId };
  }

  /** Sends files until so many accepted imports are not final. */
  async keepBusy(imports: number): Promise<void> {
    const open = await this.open();
    await Promise.all(Array.from({ length: Math.max(0, imports - open) }, () => this.begin()));
  }

  /** Begins uploads and waits until bytes flow. `accepted` resolves when the service has taken all of them. */
  async beginSlowly(uploads: number, pauseMs: number): Promise<{ accepted: Promise<unknown> }> {
    const accepted = Promise.all(Array.from({ length: uploads }, () => this.begin(pauseMs)));
    accepted.catch(() => undefined);
    const until = performance.now() + PATIENCE_MS;
    while (this.sending === 0 && performance.now() < until) await sleep(2);
    return { accepted };
  }

  /** Keeps the service busy while something else goes on. */
  async during<T>(work: Promise<T>, imports = 2): Promise<T> {
    const over = new AbortController();
    const feeding = this.feed(imports, over.signal);
    // Awaited below, where `work` is over.
    feeding.catch(() => undefined);
    try {
      return await work;
    } finally {
      over.abort();
      await feeding;
    }
  }

  private async feed(imports: number, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.keepBusy(imports);
      await sleep(50);
    }
  }

  private async open(): Promise<number> {
    const states = await this.ledger.query("SELECT 1 FROM imports WHERE state IN ('queued', 'running')");
    return states.length;
  }

  private async newFile(records?: number, onOrder?: (record: number, line: string) => void): Promise<NewFile> {
    const { random, options } = this;
    const [least, most] = options.records;
    const number = (this.files += 1);
    const path = join(options.folder, `chaos-${number}.csv`);
    const wanted: Partial<GenerateOptions> = {
      rows: records ?? least + random.below(most - least),
      seed: random.below(2 ** 31),
      // Each even one far above, so that not every id is a new highest one.
      firstId: (number % 2 === 0 ? 1_000_000 + number : number) * RANGE + 1,
      shuffle: random.chance(0.3),
      quoted: random.chance(0.3),
      newline: random.chance(0.2) ? 'crlf' : 'lf',
      duplicates: random.pick([0.001, 0.01, 0.05]),
      malformed: random.pick([0, 0.001, 0.01]),
      out: path,
    };
    const oracle = await generateOrders(wanted, onOrder);
    const content = await readFile(path);
    await Promise.all([rm(path), rm(`${path}.oracle.json`)]);
    return { oracle, content };
  }
}
