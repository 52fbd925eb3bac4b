import { parseBirthday } from './birthday.js';

/** The columns of an order file, in the order in which an order is described. */
export const ORDER_COLUMNS = ['id', 'name', 'email', 'state', 'zipcode', 'birthday'] as const;
export type OrderColumn = (typeof ORDER_COLUMNS)[number];

/** The fields of one record: a range of `bytes` for each column of the file. Valid until the next record is read. */
export interface RecordFields {
  readonly bytes: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Whether the record has a character from U+0300 on: without one all its text is in Unicode's form NFC. */
  readonly mayCombine: boolean;
}

/** Why a record cannot become an order. `column` is the number of the field to blame, from 1. */
export interface Malformation {
  readonly code: 'id.not-an-integer' | 'birthday.not-a-date' | 'field.too-long';
  readonly params: Readonly<Record<string, string | number>>;
}

/** Longest state and zip code, bytes: both are short, and a database index refuses long keys. */
const SHORT_FIELD_BYTES = 255;
/** Longest zip code as it is written, bytes. */
export const LONGEST_ZIPCODE = SHORT_FIELD_BYTES;
/** Longest piece of a client's value that a reason quotes, characters. */
const QUOTED_CHARACTERS = 40;

interface ShortState {
  readonly text: string;
  readonly bytes: Buffer;
}

const ZERO = 0x30;
const NINE = 0x39;

/**
 * One order as read from a record, before it is judged. A single instance is filled again for every record, because
 * files have millions.
 */
export class OrderDraft {
  id = 0;
  /** Where name and e-mail stand in `bytes`; they are stored as they came. */
  bytes: Buffer = Buffer.alloc(0);
  nameStart = 0;
  nameEnd = 0;
  emailStart = 0;
  emailEnd = 0;
  /** State code in upper case, and the same as bytes. */
  state = '';
  stateBytes: Buffer = Buffer.alloc(0);
  /** Digits of the zip code; the first `zipcodeLength` bytes count. */
  readonly zipcode = Buffer.alloc(SHORT_FIELD_BYTES);
  zipcodeLength = 0;
  zipcodeSum = 0;
  /** Where the zip code stands in `bytes` as it was written. */
  zipcodeStart = 0;
  zipcodeEnd = 0;
  /** Year * 10000 + month * 100 + day. */
  birthday = 0;

  /** States of two letters that came before, by these letters. */
  private readonly states = new Map<number, ShortState>();

  constructor(private readonly columns: Readonly<Record<OrderColumn, number>>) {}

  /** Fills the draft from a record. Returns what makes the record malformed, or null. */
  read({ bytes, starts, ends }: RecordFields): Malformation | null {
    const { columns } = this;
    this.bytes = bytes;
    this.nameStart = starts[columns.name]!;
    this.nameEnd = ends[columns.name]!;
    this.emailStart = starts[columns.email]!;
    this.emailEnd = ends[columns.email]!;
    return (
      this.readId(starts[columns.id]!, ends[columns.id]!) ??
      this.readState(starts[columns.state]!, ends[columns.state]!) ??
      this.readZipcode(starts[columns.zipcode]!, ends[columns.zipcode]!) ??
      this.readBirthday(starts[columns.birthday]!, ends[columns.birthday]!)
    );
  }

  /** Zip code as it stands in the file. */
  get writtenZipcode(): string {
    return this.bytes.toString('latin1', this.zipcodeStart, this.zipcodeEnd);
  }

  /** The e-mail as text; made on demand, because not every rule set looks at it. */
  get email(): string {
    return this.bytes.toString('latin1', this.emailStart, this.emailEnd);
  }

  private readId(start: number, end: number): Malformation | null {
    const id = parseId(this.bytes, start, end);
    if (id === 0) return this.quoting('id.not-an-integer', 'id', start, end);
    this.id = id;
    return null;
  }

  private readState(start: number, end: number): Malformation | null {
    if (end - start > SHORT_FIELD_BYTES) return this.tooLong('state');
    if (end - start === 2) this.readShortState(start);
    else {
      this.state = this.bytes.toString('utf8', start, end).toUpperCase();
      this.stateBytes = Buffer.from(this.state);
    }
    return null;
  }

  private readShortState(start: number): void {
    const { bytes, states } = this;
    const key = bytes[start]! * 256 + bytes[start + 1]!;
    const known = states.get(key) ?? shortState(bytes.toString('utf8', start, start + 2).toUpperCase());
    states.set(key, known);
    this.state = known.text;
    this.stateBytes = known.bytes;
  }

  private readZipcode(start: number, end: number): Malformation | null {
    if (end - start > SHORT_FIELD_BYTES) return this.tooLong('zipcode');
    const { bytes, zipcode } = this;
    let length = 0;
    let sum = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) continue;
      zipcode[length++] = byte;
      sum += byte - ZERO;
    }
    this.zipcodeLength = length;
    this.zipcodeSum = sum;
    this.zipcodeStart = start;
    this.zipcodeEnd = end;
    return null;
  }

  private readBirthday(start: number, end: number): Malformation | null {
    this.birthday = parseBirthday(this.bytes, start, end);
    return this.birthday === 0 ? this.quoting('birthday.not-a-date', 'birthday', start, end) : null;
  }

  private quoting(code: Malformation['code'], column: OrderColumn, start: number, end: number): Malformation {
    return { code, params: { column: this.columns[column] + 1, value: this.quote(start, end) } };
  }

  private tooLong(column: OrderColumn): Malformation {
    return { code: 'field.too-long', params: { column: this.columns[column] + 1, limit: SHORT_FIELD_BYTES } };
  }

  private quote(start: number, end: number): string {
    const text = this.bytes.toString('utf8', start, Math.min(end, start + 4 * QUOTED_CHARACTERS));
    // By whole characters: PostgreSQL refuses JSON with half a surrogate pair.
    return [...text].slice(0, QUOTED_CHARACTERS).join('');
  }
}

const shortState = (text: string): ShortState => ({ text, bytes: Buffer.from(text) });

/** The id in a field: digits only, 1 to 2^53-1. 0 if the field is no such number. */
function parseId(bytes: Buffer, start: number, end: number): number {
  if (end - start < 1 || end - start > 16) return 0;
  let id = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return 0;
    id = id * 10 + digit;
  }
  return id <= Number.MAX_SAFE_INTEGER ? id : 0;
}
