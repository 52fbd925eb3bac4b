export * as limitErrors from './errors.js';
export { LimitsModule } from './limits.module.js';
export { describeLimits } from './openapi.js';
export { TakesFile } from './takes-file.js';
