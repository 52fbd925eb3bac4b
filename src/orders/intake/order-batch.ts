import { CopyRows, encodedValues, textArray, uuid } from '../../shared/copy-rows.js';
import { codesOf, SAME_DESTINATION, type Judge, type RuleSet } from '../rules/rule-set.js';
import { daysSince2000 } from './birthday.js';
import { numberOfState } from './state-number.js';
import { LONGEST_ZIPCODE, OrderDraft, type Malformation, type OrderColumn, type RecordFields } from './order-draft.js';

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

/** What a row mostly needs; more is made where it is needed. */
const ROW_BYTES = 208;

const VIOLATION_ARRAYS = new Map<number, Buffer>();
/** The binary form of the codes behind a Judge's bits. */
export const violationArray = (broken: number): Buffer => {
  let array = VIOLATION_ARRAYS.get(broken);
  if (!array) VIOLATION_ARRAYS.set(broken, (array = textArray(codesOf(broken))));
  return array;
};

/**
 * Records of one import taken as orders: read, judged, and encoded as they will be stored. Knows nothing of the
 * database; which of them are duplicates is found when they are stored. Its room is used again after `clear`, because
 * files have millions of records.
 */
export class OrderBatch {
  readonly rows: CopyRows;
  private picked: CopyRows | undefined;
  private sorted: Float64Array | undefined;
  /** Orders taken. */
  count = 0;
  options: IntakeOptions;
  /** In binary form. */
  importId: Buffer;

  private readonly allIds: Float64Array;
  private readonly allBroken: Uint8Array;
  private readonly allStates: Uint16Array;
  private readonly allRecords: Float64Array;
  private readonly allLines: Float64Array;
  private draft: OrderDraft;
  private passesSameDestination: boolean;
  /** Of each set of broken rules the values that are the same for all its orders: see `encode`. */
  private endings: (Buffer | undefined)[] = [];
  private lastState: string | null;
  private readonly lastZipcode = Buffer.alloc(LONGEST_ZIPCODE);
  private lastZipcodeLength = 0;

  /** @param mostOrders that it will be asked to take */
  constructor(options: IntakeOptions, mostOrders: number) {
    this.options = options;
    this.allIds = new Float64Array(mostOrders);
    this.allBroken = new Uint8Array(mostOrders);
    this.allStates = new Uint16Array(mostOrders);
    this.allRecords = new Float64Array(mostOrders);
    this.allLines = new Float64Array(mostOrders);
    this.rows = new CopyRows(mostOrders * ROW_BYTES);
    this.draft = new OrderDraft(options.columns);
    this.importId = uuid(options.importId);
    this.passesSameDestination = options.ruleSet[SAME_DESTINATION] !== false;
    this.lastState = null;
    this.destination = options.destination;
  }

  /** Of order number `i` the id. The others of its kind: broken rules as bits, record, line on which that begins. */
  get ids(): Float64Array {
    return this.allIds.subarray(0, this.count);
  }

  /** The ids in ascending order. */
  get sortedIds(): Float64Array {
    return (this.sorted ??= this.ids.toSorted());
  }

  get broken(): Uint8Array {
    return this.allBroken.subarray(0, this.count);
  }

  /** Numbers of the states: see `numberOfState`. */
  get states(): Uint16Array {
    return this.allStates.subarray(0, this.count);
  }

  get records(): Float64Array {
    return this.allRecords.subarray(0, this.count);
  }

  get lines(): Float64Array {
    return this.allLines.subarray(0, this.count);
  }

  /** Destination of the last record taken, which the next batch must know. */
  get destination(): Destination | null {
    const zipcode = this.lastZipcode.toString('latin1', 0, this.lastZipcodeLength);
    return this.lastState === null ? null : { state: this.lastState, zipcode };
  }

  private set destination(destination: Destination | null) {
    this.lastState = destination?.state ?? null;
    this.lastZipcodeLength = this.lastZipcode.write(destination?.zipcode ?? '', 'latin1');
  }

  /** The rows of the orders with these numbers, in this order, until others are asked for. */
  pickedRows(numbers: Uint32Array): CopyRows {
    this.picked ??= new CopyRows(this.allIds.length * ROW_BYTES);
    return this.rows.picked(numbers, this.picked);
  }

  /** Makes it empty again, for the records of another file. */
  beginAnew(options: IntakeOptions): void {
    this.options = options;
    this.draft = new OrderDraft(options.columns);
    this.importId = uuid(options.importId);
    this.passesSameDestination = options.ruleSet[SAME_DESTINATION] !== false;
    this.endings = [];
    this.clear(options.destination);
  }

  /** Makes it empty again, for the records behind another one. */
  clear(destination: Destination | null): void {
    this.count = 0;
    this.sorted = undefined;
    this.rows.clear();
    this.destination = destination;
  }

  /** Takes a record as the next order of the batch. Returns why it is malformed, or null once it is taken. */
  take(fields: RecordFields, record: number, line: number): Malformation | null {
    const { draft, count } = this;
    const malformation = draft.read(fields);
    if (malformation) return malformation;
    const broken = this.goesWhereTheLastWent() && this.passesSameDestination ? 0 : this.options.judge(draft);
    this.allIds[count] = draft.id;
    this.sorted = undefined;
    this.allBroken[count] = broken;
    this.allStates[count] = numberOfState(draft.state);
    this.allRecords[count] = record;
    this.allLines[count] = line;
    this.count += 1;
    this.encode(fields.mayCombine, broken, record, line);
    return null;
  }

  /** Compares with the destination of the last record, and keeps this one's for the next. */
  private goesWhereTheLastWent(): boolean {
    const { draft, lastZipcode } = this;
    const length = draft.zipcodeEnd - draft.zipcodeStart;
    let isSame = draft.state === this.lastState && length === this.lastZipcodeLength;
    for (let at = 0; at < length; at++) {
      const byte = draft.bytes[draft.zipcodeStart + at]!;
      if (lastZipcode[at] === byte) continue;
      isSame = false;
      lastZipcode[at] = byte;
    }
    this.lastState = draft.state;
    this.lastZipcodeLength = length;
    return isSame;
  }

  /** One row in the order of ORDER_COPY_COLUMNS. */
  private encode(mayCombine: boolean, broken: number, record: number, line: number): void {
    const { rows, draft } = this;
    rows.row(11);
    rows.int8(draft.id);
    if (mayCombine) this.encodeComposedName();
    else rows.range(draft.bytes, draft.nameStart, draft.nameEnd);
    rows.range(draft.bytes, draft.emailStart, draft.emailEnd);
    rows.value(draft.stateBytes);
    rows.range(draft.zipcode, 0, draft.zipcodeLength);
    rows.int4(daysSince2000(draft.birthday));
    rows.encoded((this.endings[broken] ??= this.endingOf(broken)));
    rows.int8(record);
    rows.int8(line);
  }

  /** In NFC, so that a name is the same however its accents were typed. */
  private encodeComposedName(): void {
    const { bytes, nameStart, nameEnd } = this.draft;
    this.rows.text(bytes.toString('utf8', nameStart, nameEnd).normalize('NFC'));
  }

  /** Whether an order is valid, its violations, and its import. */
  private endingOf(broken: number): Buffer {
    return encodedValues(Buffer.of(broken === 0 ? 1 : 0), violationArray(broken), this.importId);
  }
}

/** The columns that a batch's rows hold, for COPY. */
export const ORDER_COPY_COLUMNS =
  '(id, name, email, state, zipcode, birthday, valid, violations, import_id, record, line)';
