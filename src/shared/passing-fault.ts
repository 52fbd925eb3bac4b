/** Node's codes of connections that fail. */
const CONNECTION = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
/** Of files that cannot be read or written just now. */
const FILE = /^(EIO|EMFILE|ENFILE|EBUSY|ESTALE|EACCES)$/;

/** Whether PostgreSQL cannot be reached or cannot serve: its classes 08 (connection), 53 (resources), 57P (operator). */
export function isDatabaseAway(thrown: unknown): boolean {
  const { code = '', message = '' } = (thrown ?? {}) as { code?: string; message?: string };
  if (CONNECTION.test(code)) return true;
  if (/^(08|53|57P)/.test(code) && code.length === 5) return true;
  return /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout)/.test(message);
}

/** Whether PostgreSQL ended a statement that took longer than it may (57014). */
export const isTimedOut = (thrown: unknown): boolean => (thrown as { code?: string } | null)?.code === '57014';

/** Whether there is no room: PostgreSQL's 53100, or the file system's. */
export const isOutOfRoom = (thrown: unknown): boolean =>
  ['53100', 'ENOSPC', 'EDQUOT'].includes((thrown as { code?: string } | null)?.code ?? '');

/** Whether a storage, of files or S3, cannot serve just now. */
export function isStorageAway(thrown: unknown): boolean {
  const { code = '', name = '', $fault } = (thrown ?? {}) as { code?: string; name?: string; $fault?: string };
  return FILE.test(code) || $fault === 'server' || /^(TimeoutError|SlowDown|NetworkingError)$/.test(name);
}

/** Whether the same work may succeed a little later, with nothing changed but the world around it. */
export const isPassing = (thrown: unknown): boolean =>
  isDatabaseAway(thrown) || isOutOfRoom(thrown) || isStorageAway(thrown);
