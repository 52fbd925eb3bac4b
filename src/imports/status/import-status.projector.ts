import { EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { DataSource } from 'typeorm';
import {
  ImportAdvanced,
  ImportCancelled,
  ImportCompleted,
  ImportFailed,
  ImportPaused,
  ImportQueuedAgain,
} from '../events.js';
import type { ImportState } from '../import-state.js';

type ImportEvent = ImportAdvanced | ImportCompleted | ImportFailed | ImportCancelled | ImportPaused | ImportQueuedAgain;

/** Columns of the status that an event changes. */
type Change = Readonly<Record<string, unknown>>;

/** Feeds the import status. Every event may be repeated or come late: an older one changes nothing. */
@EventsHandler(ImportAdvanced, ImportCompleted, ImportFailed, ImportCancelled, ImportPaused, ImportQueuedAgain)
export class ImportStatusProjector implements IEventHandler<ImportEvent> {
  constructor(private readonly database: DataSource) {}

  async handle(event: ImportEvent): Promise<void> {
    const change = { ...changeOf(event), revision: event.revision };
    const assignments = Object.keys(change).map((column, index) => `${column} = $${index + 3}`);
    // Within one revision totals only grow; across revisions the newer one counts.
    await this.database.query(
      `UPDATE import_status SET ${assignments.join(', ')}
       WHERE import_id = $1 AND (revision < $2 OR (revision = $2 AND ${isNewer(event)}))`,
      [event.importId, event.revision, ...Object.values(change)],
    );
  }
}

const isNewer = (event: ImportEvent): string =>
  event instanceof ImportAdvanced ? `state = 'running' AND bytes_read <= ${Number(event.bytesRead)}` : 'false';

function changeOf(event: ImportEvent): Change {
  if (event instanceof ImportAdvanced) return { ...running(event), ...paceOf(event.pace) };
  if (event instanceof ImportCompleted) {
    return { ...running(event), ...ended('completed'), finished_at: event.finishedAt };
  }
  if (event instanceof ImportFailed) {
    return { ...ended('failed'), finished_at: event.finishedAt, failure: event.failure };
  }
  if (event instanceof ImportCancelled) return { ...ended('cancelled'), finished_at: event.finishedAt };
  return { ...ended(event instanceof ImportPaused ? 'paused' : 'queued'), finished_at: null, failure: null };
}

const running = ({ startedAt, bytesRead, totals }: ImportAdvanced | ImportCompleted): Change => ({
  state: 'running' satisfies ImportState,
  started_at: startedAt,
  bytes_read: bytesRead,
  ...totals,
});

const ended = (state: ImportState): Change => ({ state, ...paceOf(null) });

const paceOf = (pace: ImportAdvanced['pace']): Change => ({
  records_per_second: pace?.recordsPerSecond ?? null,
  bytes_per_second: pace?.bytesPerSecond ?? null,
});
