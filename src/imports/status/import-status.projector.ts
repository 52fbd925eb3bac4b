import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  DryRunStarted,
  ImportAdvanced,
  ImportCancelled,
  ImportCompleted,
  ImportFailed,
  ImportPaused,
  ImportQueuedAgain,
  ImportWaiting,
  OrdersRemoved,
  UndoRequested,
} from '../events.js';
import type { ImportState } from '../import-state.js';

const EVENTS = [
  ImportAdvanced,
  ImportWaiting,
  ImportCompleted,
  ImportFailed,
  ImportCancelled,
  ImportPaused,
  ImportQueuedAgain,
  DryRunStarted,
  UndoRequested,
  OrdersRemoved,
] as const;
type ImportEvent = InstanceType<(typeof EVENTS)[number]>;

/** Columns of the status that an event changes. */
type Change = Readonly<Record<string, unknown>>;

/** Feeds the import status. Every event may be repeated or come late: an older one changes nothing. */
@EventsHandler(...EVENTS)
export class ImportStatusProjector implements IEventHandler<ImportEvent> {
  constructor(private readonly database: DataSource) {}

  async handle(event: ImportEvent): Promise<void> {
    const change = { ...changeOf(event), revision: event.revision };
    const assignments = Object.keys(change).map((column, index) => `${column} = $${index + 3}`);
    if (event instanceof ImportAdvanced && event.pace) assignments.push('paced_at = clock_timestamp()');
    // Within one revision totals only grow; across revisions the newer one counts.
    await this.database.query(
      `UPDATE import_status SET ${assignments.join(', ')}
       WHERE import_id = $1 AND (revision < $2 OR (revision = $2 AND ${isNewer(event)}))`,
      [event.importId, event.revision, ...Object.values(change)],
    );
  }
}

function isNewer(event: ImportEvent): string {
  if (event instanceof ImportAdvanced) return `state = 'running' AND bytes_read <= ${Number(event.bytesRead)}`;
  if (event instanceof ImportWaiting) return `state = 'running'`;
  return event instanceof OrdersRemoved ? `orders_removed <= ${Number(event.ordersRemoved)}` : 'false';
}

function changeOf(event: ImportEvent): Change {
  if (event instanceof ImportAdvanced) return { ...running(event), ...(event.pace ? paceOf(event.pace) : {}) };
  if (event instanceof ImportWaiting) return { waiting: event.reason, ...paceOf(null) };
  if (event instanceof ImportCompleted) {
    return { ...running(event), ...ended('completed'), finished_at: event.finishedAt };
  }
  if (event instanceof ImportFailed) {
    return { ...ended('failed'), finished_at: event.finishedAt, failure: event.failure };
  }
  if (event instanceof ImportCancelled) return { ...ended('cancelled'), finished_at: event.finishedAt };
  if (event instanceof UndoRequested) return undoing(event);
  if (event instanceof OrdersRemoved) {
    return { ...undoing(event), orders_removed: event.ordersRemoved, undone_at: event.undoneAt };
  }
  if (event instanceof DryRunStarted) return fromTheBegin(event);
  return { ...ended(event instanceof ImportPaused ? 'paused' : 'queued'), finished_at: null, failure: null };
}

const running = ({ startedAt, bytesRead, totals, dryRun }: ImportAdvanced | ImportCompleted): Change => ({
  state: 'running' satisfies ImportState,
  dry_run: dryRun,
  started_at: startedAt,
  finished_at: null,
  failure: null,
  bytes_read: bytesRead,
  waiting: null,
  ...totals,
});

const ended = (state: ImportState): Change => ({ state, waiting: null, ...paceOf(null) });

const undoing = ({ requestedAt }: UndoRequested | OrdersRemoved): Change => ({
  ...ended('cancelled'),
  undo_requested_at: requestedAt,
  finished_at: requestedAt,
  failure: null,
});

const fromTheBegin = ({ bytesRead }: DryRunStarted): Change => ({
  ...ended('queued'),
  dry_run: false,
  started_at: null,
  finished_at: null,
  bytes_read: bytesRead,
  valid: 0,
  invalid: 0,
  duplicate: 0,
  malformed: 0,
  violations: {},
  malformations: {},
});

const paceOf = (pace: ImportAdvanced['pace']): Change => ({
  records_per_second: pace?.recordsPerSecond ?? null,
  bytes_per_second: pace?.bytesPerSecond ?? null,
});
