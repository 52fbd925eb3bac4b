/**
 * What is wrong with the shape of a record. Data about the record, not an error. Where one field is to blame, `column`
 * is its number, from 1.
 */
export interface Fault {
  readonly code: FaultCode;
  readonly params: Readonly<Record<string, string | number>>;
}

export type FaultCode =
  | 'field.too-long'
  | 'record.too-long'
  | 'columns.too-many'
  | 'text.nul'
  | 'text.control-character'
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

/** The fault of a field that holds a control character: C0 but for tab and line ends, DEL, or C1. */
export const controlFault = (code: number, column: number): Fault =>
  code === 0
    ? { code: 'text.nul', params: { column } }
    : {
        code: 'text.control-character',
        params: { column, character: `U+${code.toString(16).toUpperCase().padStart(4, '0')}` },
      };
