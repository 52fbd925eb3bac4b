export { AccessHook } from './access.hook.js';
export { AccessModule } from './access.module.js';
export * as accessErrors from './errors.js';
export { describeAccess } from './openapi.js';
export { OpenToEverybody, RequiresRole } from './requires-role.js';
export type { Role, User } from './roles.js';
export { networkOf } from './network.js';
