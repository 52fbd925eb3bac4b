/** What an error tells a log. The names are those of ECS. */
export interface LoggedError {
  readonly 'error.type': string;
  readonly 'error.message': string;
  readonly 'error.code'?: string;
  readonly 'error.stack_trace'?: string;
}

/** Causes that are followed, so that a ring of them ends. */
const MOST_CAUSES = 5;

/**
 * What an error may tell a log: never what a client sent. PostgreSQL's `detail`, `where` and parameters hold rows, so
 * nothing is taken of an error but type, message, code and where it was thrown.
 */
export function loggedError(thrown: unknown): LoggedError {
  if (!(thrown instanceof Error))
    return { 'error.type': typeof thrown, 'error.message': 'what was thrown is no error' };
  const code = codeOf(thrown);
  return {
    'error.type': thrown.name,
    'error.message': messageOf(thrown),
    ...(code === undefined ? {} : { 'error.code': code }),
    'error.stack_trace': stackOf(thrown),
  };
}

/** The message of an error, without what a client may have put there. */
export function messageOf(error: Error): string {
  const code = codeOf(error);
  // Class 22 of SQLSTATE: data that cannot be used, which the message quotes.
  if (code !== undefined && /^22\w{3}$/.test(code)) return `PostgreSQL refused a value (${code})`;
  if (error instanceof SyntaxError) return 'a text could not be read';
  // Of several addresses that a name stands for, none answered.
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0] as Error);
  return error.message;
}

/** SQLSTATE, or the code of a fault of the system. */
function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Where it was thrown, and what led to it. Its first lines repeat the message, so they are made anew. */
function stackOf(error: Error): string {
  const parts: string[] = [];
  let cause: unknown = error;
  while (cause instanceof Error && parts.length < MOST_CAUSES) {
    const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    parts.push([`${cause.name}: ${messageOf(cause)}`, ...frames].join('\n'));
    ({ cause } = cause);
  }
  return parts.join('\ncaused by ');
}
