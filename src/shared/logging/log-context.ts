import { AsyncLocalStorage } from 'node:async_hooks';

/** What each log line carries that is written while a request or an import is worked on. The names are those of ECS. */
export interface LogContext {
  readonly 'http.request.id'?: string;
  readonly 'labels.import_id'?: string;
}

const NOTHING: LogContext = {};
const storage = new AsyncLocalStorage<LogContext>();

/** Does work whose log lines carry these fields, beside those that lines here carry already. */
export const inLogContext = <T>(fields: LogContext, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, work);

/** What a line that is written here carries. */
export const logContext = (): LogContext => storage.getStore() ?? NOTHING;
