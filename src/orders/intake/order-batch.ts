import { CopyRows, textArray, uuid } from '../../shared/copy-rows.js';
import { codesOf, SAME_DESTINATION, type Judge, type RuleSet } from '../rules/rule-set.js';
import { daysSince2000 } from './birthday.js';
import { OrderDraft, type Malformation, type OrderColumn, type RecordFields } from './order-draft.js';

/** The destination of the record before, as far as `same_destination` compares it. */
export interface Destination {
  readonly state: string;
  /** The zip code as written in the file. */
  readonly zipcode: string;
}

/** What an import gives to have its records taken as orders. */
export interface IntakeOptions {
  readonly importId: string;
  readonly ruleSet: RuleSet;
  readonly judge: Judge;
  /** For each column of an order its index in a record of the file. */
  readonly columns: Readonly<Record<OrderColumn, number>>;
  /** Destination of the last record before this batch, null at the begin of a file. */
  readonly destination: Destination | null;
}

const VIOLATION_ARRAYS = new Map<number, Buffer>();
/** The binary form of the codes behind a Judge's bits. */
export const violationArray = (broken: number): Buffer => {
  let array = VIOLATION_ARRAYS.get(broken);
  if (!array) VIOLATION_ARRAYS.set(broken, (array = textArray(codesOf(broken))));
  return array;
};

/**
 * Records of one import taken as orders: read, judged, and encoded as they will be stored. Knows nothing of the
 * database; which of them are duplicates is found when they are stored.
 */
export class OrderBatch {
  /** Order number `i` of the batch: its id, its broken rules as bits, its record and the line on which that begins. */
  readonly ids: number[] = [];
  readonly broken: number[] = [];
  readonly records: number[] = [];
  readonly lines: number[] = [];
  readonly rows = new CopyRows(1 << 21);

  /** In binary form. */
  readonly importId: Buffer;
  private readonly draft: OrderDraft;
  private readonly passesSameDestination: boolean;
  private lastState: string | null;
  private lastZipcode: string | null;

  constructor(readonly options: IntakeOptions) {
    this.draft = new OrderDraft(options.columns);
    this.importId = uuid(options.importId);
    this.passesSameDestination = options.ruleSet[SAME_DESTINATION] !== false;
    this.lastState = options.destination?.state ?? null;
    this.lastZipcode = options.destination?.zipcode ?? null;
  }

  get count(): number {
    return this.ids.length;
  }

  /** Destination of the last record taken, which the next batch must know. */
  get destination(): Destination | null {
    return this.lastState === null || this.lastZipcode === null
      ? null
      : { state: this.lastState, zipcode: this.lastZipcode };
  }

  /** Takes a record as the next order of the batch. Returns why it is malformed, or null once it is taken. */
  take(fields: RecordFields, record: number, line: number): Malformation | null {
    const { draft } = this;
    const malformation = draft.read(fields);
    if (malformation) return malformation;
    const passes =
      this.passesSameDestination && draft.state === this.lastState && draft.writtenZipcode === this.lastZipcode;
    this.lastState = draft.state;
    this.lastZipcode = draft.writtenZipcode;
    const broken = passes ? 0 : this.options.judge(draft);
    this.ids.push(draft.id);
    this.broken.push(broken);
    this.records.push(record);
    this.lines.push(line);
    this.encode(broken, record, line);
    return null;
  }

  /** One row in the order of ORDER_COPY_COLUMNS. */
  private encode(broken: number, record: number, line: number): void {
    const { rows, draft } = this;
    rows.row(11);
    rows.int8(draft.id);
    rows.range(draft.bytes, draft.nameStart, draft.nameEnd);
    rows.range(draft.bytes, draft.emailStart, draft.emailEnd);
    rows.text(draft.state);
    rows.range(draft.zipcode, 0, draft.zipcodeLength);
    rows.int4(daysSince2000(draft.birthday));
    rows.boolean(broken === 0);
    rows.value(violationArray(broken));
    rows.value(this.importId);
    rows.int8(record);
    rows.int8(line);
  }
}

/** The columns that a batch's rows hold, for COPY. */
export const ORDER_COPY_COLUMNS =
  '(id, name, email, state, zipcode, birthday, valid, violations, import_id, record, line)';
