/** What kind of trouble a request ran into; the problem filter gives each kind its HTTP status. */
export type ErrorKind =
  | 'invalid-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'address-too-long'
  | 'too-slow'
  | 'unsupported-media-type'
  | 'unprocessable'
  | 'too-many-requests'
  | 'storage-full'
  | 'unavailable'
  | 'overloaded';

/** One bad field of a request. */
export interface FieldError {
  /** Name of the parameter, header or column. */
  readonly field: string;
  /** Key of the message in the catalogs. */
  readonly code: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/**
 * An error that a client is told of: a code, which is also the key of its texts in the catalogs (`<code>.title`,
 * `<code>.detail`), and the parameters that the texts need. Never a sentence.
 */
export abstract class DomainError extends Error {
  /** Headers that its answer has; names in lower case. */
  readonly headers: Readonly<Record<string, string>> = {};

  constructor(
    readonly kind: ErrorKind,
    /** `<module>.<problem>` in kebab-case. */
    readonly code: string,
    readonly params: Readonly<Record<string, unknown>> = {},
    readonly errors: readonly FieldError[] = [],
  ) {
    super(code);
    this.name = new.target.name;
  }
}

/** Most bad fields that an error names, and most characters of each name: a request may have thousands. */
export const NAMED_FIELDS = { most: 50, characters: 100 };

/** The request's parameters cannot be used; each bad one is named, up to NAMED_FIELDS. */
export class InvalidParameters extends DomainError {
  constructor(errors: readonly FieldError[]) {
    const named = errors
      .slice(0, NAMED_FIELDS.most)
      .map((error) => ({ ...error, field: [...error.field].slice(0, NAMED_FIELDS.characters).join('') }));
    super(
      'invalid-request',
      'request.invalid-parameters',
      { fields: named.map(({ field }) => field).join(', ') },
      named,
    );
  }
}

/** No route answers at this address. */
export class UnknownRoute extends DomainError {
  constructor(method: string, path: string) {
    super('not-found', 'request.unknown-route', { method, path });
  }
}

/** There is such a route, but not for this method. */
export class MethodNotAllowed extends DomainError {
  override readonly headers: Readonly<Record<string, string>>;
  constructor(method: string, methods: readonly string[]) {
    const allow = methods.join(', ');
    super('method-not-allowed', 'request.method-not-allowed', { method, allowed: allow });
    this.headers = { allow };
  }
}

/** The body cannot be read as what its headers say it is. */
export class UnreadableBody extends DomainError {
  constructor() {
    super('invalid-request', 'request.unreadable-body');
  }
}

/** The request has a body, and its route takes none, or not one of this length. */
export class BodyTooLarge extends DomainError {
  constructor(limit: number) {
    super('too-large', 'request.body-too-large', { limit });
  }
}

/** The address with its query has more characters than are taken. */
export class AddressTooLong extends DomainError {
  constructor(limit: number) {
    super('address-too-long', 'request.address-too-long', { limit });
  }
}

/** The database took longer for a query than it may. */
export class QueryTooSlow extends DomainError {
  constructor(cause?: unknown) {
    super('overloaded', 'request.query-too-slow');
    this.cause = cause;
  }
}

/** The client takes neither of the encodings in which a file is sent. */
export class EncodingNotAcceptable extends DomainError {
  constructor() {
    super('not-acceptable', 'request.encoding-not-acceptable');
  }
}

/** A part of the service that the request needs does not answer at the moment. */
export class Unavailable extends DomainError {
  constructor(cause?: unknown) {
    super('unavailable', 'request.unavailable');
    this.cause = cause;
  }
}
