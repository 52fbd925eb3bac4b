import { BullModule } from '@nestjs/bull';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { Config } from '../config.js';
import { OrdersModule } from '../orders/index.js';
import { AncestorController } from './ancestor.controller.js';
import { ControlImportHandler } from './commands/control-import.command.js';
import { DeleteFileHandler } from './commands/delete-file.command.js';
import { StartDryRunHandler } from './commands/start-dry-run.command.js';
import { StartImportHandler } from './commands/start-import.command.js';
import { UndoImportHandler } from './commands/undo-import.command.js';
import { ImportAnswer } from './import-answer.js';
import { FileController } from './file.controller.js';
import { ImportsController } from './imports.controller.js';
import {
  ChunkStore,
  Doorbell,
  IMPORT_QUEUE,
  ImportMetrics,
  ImportProcessor,
  ImportWorker,
  LeaseKeeper,
  queueBoard,
  SegmentRunner,
  UndoRunner,
} from './job/index.js';
import { LedgerMetrics } from './ledger-metrics.js';
import { GetImportHandler } from './queries/get-import.query.js';
import { ListImportsHandler } from './queries/list-imports.query.js';
import { ExportRejectsHandler } from './queries/export-rejects.query.js';
import { ListWorkersHandler } from './queries/list-workers.query.js';
import { ListRejectsHandler } from './queries/list-rejects.query.js';
import { RuleSetOfImportHandler } from './queries/rule-set-of-import.handler.js';
import { RejectFinder } from './rejects/reject-finder.js';
import { RejectsController } from './rejects/rejects.controller.js';
import { EventsController } from './status/events.controller.js';
import { ImportStatusProjector } from './status/import-status.projector.js';
import { StatusWait } from './status/status-wait.js';
import { StatusWatch } from './status/status-watch.js';
import { IdempotencyKeys } from './upload/idempotency-keys.js';
import { QueuedImports } from './upload/queued-imports.js';
import { UploadMetrics } from './upload/upload-metrics.js';
import { UploadReceiver } from './upload/upload-receiver.js';
import { UploadStarter } from './upload/upload-starter.js';
import { WorkerRoster } from './workers/worker-roster.js';
import { WorkersController } from './workers/workers.controller.js';

const API: Provider[] = [
  StartImportHandler,
  ControlImportHandler,
  StartDryRunHandler,
  UndoImportHandler,
  DeleteFileHandler,
  GetImportHandler,
  ListImportsHandler,
  ListWorkersHandler,
  ListRejectsHandler,
  ExportRejectsHandler,
  RejectFinder,
  StatusWatch,
  StatusWait,
  ImportAnswer,
  RuleSetOfImportHandler,
  UploadMetrics,
  UploadReceiver,
  UploadStarter,
  QueuedImports,
  IdempotencyKeys,
  Doorbell,
  LedgerMetrics,
];
const WORKER: Provider[] = [
  ImportProcessor,
  ImportWorker,
  SegmentRunner,
  UndoRunner,
  ChunkStore,
  LeaseKeeper,
  WorkerRoster,
  ImportMetrics,
];

/** Imports: taking files in (api), and running them (worker). */
@Module({})
export class ImportsModule {
  static forRole(role: Config['role']): DynamicModule {
    const isApi = role !== 'worker';
    const isWorker = role !== 'api';
    return {
      module: ImportsModule,
      imports: [OrdersModule, BullModule.registerQueue({ name: IMPORT_QUEUE }), ...(isApi ? queueBoard() : [])],
      controllers: isApi
        ? [
            ImportsController,
            FileController,
            EventsController,
            RejectsController,
            AncestorController,
            WorkersController,
          ]
        : [],
      providers: [ImportStatusProjector, ...(isApi ? API : []), ...(isWorker ? WORKER : [])],
    };
  }
}
