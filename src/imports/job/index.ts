export { Doorbell, IMPORT_QUEUE } from './doorbell.js';
export { ImportMetrics } from './import-metrics.js';
export { ImportProcessor } from './import.processor.js';
export { ImportWorker } from './import-worker.js';
export { ChunkStore } from './chunk-store.js';
export { LeaseKeeper } from './lease-keeper.js';
export { SegmentRunner } from './segment-runner.js';
export { bullClients } from './bull-clients.js';
