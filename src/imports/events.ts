import type { Failure } from './import.entity.js';
import type { Totals } from './segment.entity.js';

/** How fast an import went over the last seconds. */
export interface Pace {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

/**
 * Every event carries the revision of the ledger that it tells of: it grows with each change of the import's state, so
 * that a late event is known. A worker may be faster than the process whose command it follows: its events carry what
 * that command changed too, so that an event which comes late or never is not missed.
 */

/** A chunk of the import was committed, or a worker took it up. Totals are absolute, so a repeat changes nothing. */
export class ImportAdvanced {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly startedAt: Date,
    /** Bytes of the file that are durably done. */
    readonly bytesRead: number,
    readonly totals: Totals,
    /** Null until enough was read to tell. */
    readonly pace: Pace | null,
    readonly dryRun: boolean,
  ) {}
}

/** The last record of the import was committed. */
export class ImportCompleted {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly startedAt: Date,
    readonly finishedAt: Date,
    readonly bytesRead: number,
    readonly totals: Totals,
    readonly dryRun: boolean,
  ) {}
}

/** The import cannot go on; what it stored stays. */
export class ImportFailed {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly finishedAt: Date,
    readonly failure: Failure,
  ) {}
}

/** An operator withdrew the import; what it stored stays. */
export class ImportCancelled {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly finishedAt: Date,
  ) {}
}

/** An operator paused the import. */
export class ImportPaused {
  constructor(
    readonly importId: string,
    readonly revision: number,
  ) {}
}

/** An operator resumed or retried the import: it goes on at its checkpoint as soon as a worker has a free slot. */
export class ImportQueuedAgain {
  constructor(
    readonly importId: string,
    readonly revision: number,
  ) {}
}

/** The import cannot go on for the moment, and does so by itself when the reason is gone. */
export class ImportWaiting {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly reason: Failure,
  ) {}
}

/** Somebody undid the import: its orders are removed from now on. */
export class UndoRequested {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly requestedAt: Date,
  ) {}
}

/** Orders of an import that was undone are removed. */
export class OrdersRemoved {
  constructor(
    readonly importId: string,
    readonly revision: number,
    readonly requestedAt: Date,
    /** All in all, so a repeat changes nothing. */
    readonly ordersRemoved: number,
    /** Set when there are none left. */
    readonly undoneAt: Date | null,
  ) {}
}

/** A completed dry run is run again, this time for real, from the begin of its file. */
export class DryRunStarted {
  constructor(
    readonly importId: string,
    readonly revision: number,
    /** Bytes of the file before its first record. */
    readonly bytesRead: number,
  ) {}
}
