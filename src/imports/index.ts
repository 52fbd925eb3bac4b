export * as importErrors from './errors.js';
export { ImportEntity } from './import.entity.js';
export { ImportsModule } from './imports.module.js';
export { bullClients } from './job/index.js';
export { RejectEntity } from './reject.entity.js';
export { SegmentEntity } from './segment.entity.js';
export { ImportStatusEntity } from './status/import-status.entity.js';
