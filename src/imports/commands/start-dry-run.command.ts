import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DataSource, type EntityManager } from 'typeorm';
import { AwaitedPublisher } from '../../shared/awaited-publisher.js';
import { NotADryRun } from '../errors.js';
import { DryRunStarted } from '../events.js';
import { Doorbell } from '../job/index.js';
import { forgetTrial } from '../trial-orders.js';
import { lockImport } from './locked-import.js';

/**
 * Turns a completed dry run into a real import of the same file, which begins anew. Throws UnknownImport,
 * ActionNotAllowed where it is not completed, NotADryRun.
 */
export class StartDryRunCommand extends Command<void> {
  constructor(readonly importId: string) {
    super();
  }
}

@CommandHandler(StartDryRunCommand)
export class StartDryRunHandler implements ICommandHandler<StartDryRunCommand> {
  constructor(
    private readonly database: DataSource,
    private readonly events: AwaitedPublisher,
    private readonly doorbell: Doorbell,
  ) {}

  async execute({ importId }: StartDryRunCommand): Promise<void> {
    const started = await this.database.transaction((manager) => beginAnew(manager, importId));
    await this.events.publish(started);
    this.doorbell.ring(importId, started.revision);
  }
}

async function beginAnew(manager: EntityManager, importId: string): Promise<DryRunStarted> {
  const { dryRun, nextRevision } = await lockImport(manager, importId, 'start');
  if (!dryRun) throw new NotADryRun(importId);
  await manager.query('DELETE FROM unstored_rejects WHERE import_id = $1', [importId]);
  await forgetTrial(manager, importId);
  await manager.query(
    `UPDATE segments SET next_byte = (begin ->> 'offset')::bigint, next_record = (begin ->> 'record')::bigint,
       next_line = (begin ->> 'line')::bigint, destination = nullif(begin -> 'destination', 'null'),
       valid = 0, invalid = 0, duplicate = 0, malformed = 0, violations = '{}', malformations = '{}',
       is_done = false, lease_owner = NULL, lease_expires_at = NULL, fruitless_claims = 0
     WHERE import_id = $1`,
    [importId],
  );
  await manager.query(
    `UPDATE imports SET state = 'queued', dry_run = false, revision = $2, queued_at = now(), started_at = NULL,
       finished_at = NULL
     WHERE id = $1`,
    [importId, nextRevision],
  );
  const [{ offset }] = (await manager.query(
    `SELECT (begin ->> 'offset')::bigint AS offset FROM segments WHERE import_id = $1 AND number = 0`,
    [importId],
  )) as [{ offset: string }];
  return new DryRunStarted(importId, nextRevision, Number(offset));
}
