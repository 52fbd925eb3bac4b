/** What is wrong with the shape of a record. Data about the record, not an error. */
export interface Fault {
  readonly code: FaultCode;
  readonly params: Readonly<Record<string, string | number>>;
}

export type FaultCode =
  | 'field.too-long'
  | 'record.too-long'
  | 'columns.too-many'
  | 'text.nul'
  | 'text.not-utf8'
  | 'quote.misplaced'
  | 'quote.unclosed';

/** Bounds that keep memory and time flat whatever a client sends. */
export interface Limits {
  /** Longest field, bytes. */
  readonly fieldBytes: number;
  /** Longest record, bytes. */
  readonly recordBytes: number;
  /** Most fields of a record. Also bounds how often a line is read again after records before it were given up. */
  readonly fields: number;
}

export const DEFAULT_LIMITS: Limits = { fieldBytes: 64 * 1024, recordBytes: 1024 * 1024, fields: 1000 };
