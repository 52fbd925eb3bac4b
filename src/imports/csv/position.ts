/** Where reading stands: always at the begin of a record. */
export interface Position {
  /** Bytes of the file before this place. */
  readonly offset: number;
  /** Records before this place. */
  readonly record: number;
  /** Physical line on which the next byte stands, from 1. */
  readonly line: number;
}
