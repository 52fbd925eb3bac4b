export { isProbe } from './bounds.js';
export * as limitErrors from './errors.js';
export { LimitsModule } from './limits.module.js';
export { describeLimits, LIMIT_HEADERS, limitHeadersOf } from './openapi.js';
export { TakesFile } from './takes-file.js';
